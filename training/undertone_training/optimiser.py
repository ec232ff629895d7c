"""AdamW (Loshchilov & Hutter 2019) for models side by side, with the average of the weights over the last steps."""

import torch


class StackedAdamW:
    """Every parameter is [models, ...]; learning rate and weight decay are [models, 1]. Gradients are clipped per model."""

    def __init__(self, parameters, rate, weight_decay, betas=(0.9, 0.98), clip=1.0, average=0.999):
        self.parameters = list(parameters)
        self.rate, self.weight_decay = rate, weight_decay
        self.betas, self.clip, self.average = betas, clip, average
        self.first = [torch.zeros_like(p) for p in self.parameters]
        self.second = [torch.zeros_like(p) for p in self.parameters]
        self.averaged = [p.detach().clone() for p in self.parameters]

    def zero_grad(self) -> None:
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self, schedule: torch.Tensor, count: torch.Tensor) -> None:
        """`schedule` scales the rate; `count` is the number of this step, from 1. Both are tensors, so that the step can be replayed."""
        models = self.parameters[0].shape[0]
        squares = sum(p.grad.float().square().reshape(models, -1).sum(1) for p in self.parameters)
        scale = (self.clip / (squares.sqrt() + 1e-6)).clamp_max(1.0)
        first_beta, second_beta = self.betas
        first_bias = 1.0 - first_beta**count
        second_bias = 1.0 - second_beta**count
        # Early on the average forgets faster, so that it does not remember the beginning.
        keep = torch.minimum(torch.full_like(count, self.average), (1.0 + count) / (10.0 + count))
        for p, first, second, averaged in zip(self.parameters, self.first, self.second, self.averaged):
            each = (models,) + (1,) * (p.dim() - 1)
            gradient = p.grad * scale.view(each)
            first.mul_(first_beta).add_(gradient, alpha=1.0 - first_beta)
            second.mul_(second_beta).addcmul_(gradient, gradient, value=1.0 - second_beta)
            rate = (self.rate * schedule).view(each)
            if p.shape[-1] > 1 and p.dim() == 3 and p.shape[1] > 1:  # weights decay; biases and norms do not
                p.mul_(1.0 - rate * self.weight_decay.view(each))
            p.sub_(rate * (first / first_bias) / ((second / second_bias).sqrt() + 1e-8))
            averaged.lerp_(p, (1.0 - keep).to(p.dtype))

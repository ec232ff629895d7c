"""The encoder of Whisper's architecture, several of the same shape side by side.

Every parameter has a leading dimension for the model: ten folds of a small network keep a GPU as busy as one large network
would, and each learns as it would alone, for no sum runs across models.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Shape:
    mels: int = 80
    width: int = 256
    layers: int = 5
    heads: int = 4
    inner: int = 1024
    positions: int = 1500


def sinusoids(positions: int, width: int) -> torch.Tensor:
    """Whisper's table of positions: sines, then cosines, of wavelengths 2 pi to 20000 pi."""
    rate = torch.exp(-math.log(10_000.0) / (width // 2 - 1) * torch.arange(width // 2))
    angle = torch.arange(positions)[:, None] * rate
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class Linears(nn.Module):
    """[models, rows, inputs] to [models, rows, outputs]."""

    def __init__(self, models: int, inputs: int, outputs: int, bias: bool = True):
        super().__init__()
        bound = 1.0 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(models, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(models, 1, outputs)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = x.shape
        rows = x.reshape(shape[0], -1, shape[-1])
        y = torch.bmm(rows, self.weight) if self.bias is None else torch.baddbmm(self.bias, rows, self.weight)
        return y.view(*shape[:-1], y.shape[-1])


class Norms(nn.Module):
    def __init__(self, models: int, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(models, 1, 1, width))
        self.bias = nn.Parameter(torch.zeros(models, 1, 1, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, x.shape[-1:]) * self.weight + self.bias


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """[clips, heads, frames, head width]; `valid` [clips, 1, 1, frames] says which keys count."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=valid)
    logits = (q @ k.transpose(-1, -2)) / math.sqrt(q.shape[-1])
    return logits.masked_fill(~valid, float("-inf")).softmax(-1) @ v


class Layer(nn.Module):
    def __init__(self, models: int, shape: Shape):
        super().__init__()
        self.heads = shape.heads
        self.attention_norm = Norms(models, shape.width)
        self.q = Linears(models, shape.width, shape.width)
        self.k = Linears(models, shape.width, shape.width, bias=False)
        self.v = Linears(models, shape.width, shape.width)
        self.out = Linears(models, shape.width, shape.width)
        self.feed_forward_norm = Norms(models, shape.width)
        self.fc1 = Linears(models, shape.width, shape.inner)
        self.fc2 = Linears(models, shape.inner, shape.width)

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        models, clips, frames, width = x.shape
        return x.view(models * clips, frames, self.heads, width // self.heads).transpose(1, 2)

    def forward(self, x, valid, keep, dropout):
        """`keep` [models, clips, 1, 1] scales what the layer adds: stochastic depth, or ones."""
        n = self.attention_norm(x)
        heard = attend(self._split(self.q(n)), self._split(self.k(n)), self._split(self.v(n)), valid)
        heard = heard.transpose(1, 2).reshape(x.shape)
        x = x + keep * F.dropout(self.out(heard), dropout, self.training)
        inner = F.dropout(F.gelu(self.fc1(self.feed_forward_norm(x))), dropout, self.training)
        return x + keep * F.dropout(self.fc2(inner), dropout, self.training)


class Encoders(nn.Module):
    def __init__(self, models: int, shape: Shape):
        super().__init__()
        self.models, self.shape = models, shape
        self.conv1 = Linears(models, 3 * shape.mels, shape.width)
        self.conv2 = Linears(models, 3 * shape.width, shape.width)
        self.layers = nn.ModuleList(Layer(models, shape) for _ in range(shape.layers))
        self.norm = Norms(models, shape.width)
        self.register_buffer("positions", sinusoids(shape.positions, shape.width), persistent=False)

    def forward(self, mel, rows, first_position=None, keep=None, dropout=0.0):
        """mel [models, clips, rows, mels], normalised; `rows` [models, clips], how many of them are the clip's.

        Returns hidden states [models, clips, rows / 2, width] and which frames are the clip's."""
        models, clips, length, _ = mel.shape
        inside = torch.arange(length, device=mel.device) < rows[..., None]
        x = F.pad(mel * inside[..., None], (0, 0, 1, 1))
        x = F.gelu(self.conv1(torch.cat([x[:, :, :-2], x[:, :, 1:-1], x[:, :, 2:]], dim=-1)))
        x = F.pad(x * inside[..., None], (0, 0, 1, 1))
        x = F.gelu(self.conv2(torch.cat([x[:, :, 0:-2:2], x[:, :, 1:-1:2], x[:, :, 2::2]], dim=-1)))
        frames = torch.arange(x.shape[2], device=mel.device)
        valid = frames < ((rows + 1) // 2)[..., None]
        at = frames if first_position is None else first_position[..., None] + frames
        x = F.dropout(x + self.positions[at], dropout, self.training)
        if keep is None:
            keep = torch.ones(len(self.layers), models, clips, 1, 1, device=mel.device)
        mask = valid.view(models * clips, 1, 1, -1)
        for layer, kept in zip(self.layers, keep):
            x = layer(x, mask, kept, dropout)
        return self.norm(x), valid


def pool(hidden: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """The mean over each clip's frames, [models, clips, width]."""
    weight = valid[..., None].to(hidden.dtype)
    return (hidden * weight).sum(2) / weight.sum(2)

"""The log-mel spectrogram of Whisper's feature extractor, for batches on any device.

25 ms periodic Hann windows every 10 ms, Slaney's mel filters, log10; `normalise` then does what depends on the clip: at most 8
below the greatest, (x + 4) / 4.
"""

import math

import torch

RATE = 16_000
WINDOW = 400
HOP = 160
RANGE = 8.0  # powers of ten below the greatest
FLOOR = 1e-10


def _hertz_to_mel(hertz: torch.Tensor) -> torch.Tensor:
    linear = 3.0 * hertz / 200.0
    logarithmic = 15.0 + 27.0 * torch.log(hertz.clamp_min(1e-9) / 1000.0) / math.log(6.4)
    return torch.where(hertz < 1000.0, linear, logarithmic)


def _mel_to_hertz(mel: torch.Tensor) -> torch.Tensor:
    linear = 200.0 * mel / 3.0
    logarithmic = 1000.0 * torch.exp(math.log(6.4) / 27.0 * (mel - 15.0))
    return torch.where(mel < 15.0, linear, logarithmic)


def mel_filters(bins: int) -> torch.Tensor:
    """[WINDOW / 2 + 1, bins], triangles of equal area."""
    top = _hertz_to_mel(torch.tensor(RATE / 2.0, dtype=torch.float64))
    edges = _mel_to_hertz(top * torch.arange(bins + 2, dtype=torch.float64) / (bins + 1))
    hertz = torch.linspace(0, RATE / 2, WINDOW // 2 + 1, dtype=torch.float64)[:, None]
    rise = (hertz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - hertz) / (edges[2:] - edges[1:-1])
    return (torch.minimum(rise, fall).clamp_min(0) * 2.0 / (edges[2:] - edges[:-2])).float()


class LogMel:
    def __init__(self, bins: int, device: torch.device | str = "cpu"):
        self.window = torch.hann_window(WINDOW, periodic=True, device=device)
        self.filters = mel_filters(bins).to(device)

    def __call__(self, waveforms: torch.Tensor) -> torch.Tensor:
        """[clips, samples] to log10 of the mel power [clips, samples / HOP, bins]."""
        spectrum = torch.stft(
            waveforms, WINDOW, HOP, window=self.window, center=True, pad_mode="reflect", return_complex=True
        )[..., :-1]
        power = spectrum.real.square() + spectrum.imag.square()
        return torch.log10((power.transpose(1, 2) @ self.filters).clamp_min(FLOOR))


def normalise(log_mel: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """The range below each clip's greatest value; `valid` [clips, rows] says which rows are the clip's."""
    greatest = log_mel.masked_fill(~valid[..., None], -10.0).amax(dim=(1, 2), keepdim=True)
    return (torch.maximum(log_mel, greatest - RANGE) + 4.0) / 4.0

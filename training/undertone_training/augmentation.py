"""Clips as a network in training hears them: cut out, faster or slower, louder, in noise and rooms, through other microphones."""

import math

import torch

from .log_mel import HOP, RATE, LogMel, normalise


def _uniform(shape, low, high, device):
    return low + (high - low) * torch.rand(shape, device=device)


class Augmentation:
    """Draws from the torch generator of the device. `values`: Recipe values as [models, 1]."""

    def __init__(self, samples, offsets, values, seconds: float, mels: int):
        self.samples, self.offsets, self.values = samples, offsets, values
        self.device = samples.device
        self.length = int(seconds * RATE)
        self.log_mel = LogMel(mels, self.device)
        self.mels = mels
        self.time = torch.arange(self.length, device=self.device, dtype=torch.float32)

    def __call__(self, clips: torch.Tensor):
        """`clips` [models, n], indices. Returns mel [models, n, rows, mels] and how many rows are the clip's."""
        self.shape = shape = clips.shape
        self.each = {name: value.expand(shape).reshape(-1, 1) for name, value in self.values.items()}
        wave, length = self._cut(clips.reshape(-1))
        wave = self._level(self._noise(self._room(wave)), length)
        rows = torch.div(length + HOP - 1, HOP, rounding_mode="floor").clamp(8, self.length // HOP)
        inside = torch.arange(self.length // HOP, device=self.device) < rows[:, None]
        mel = self._borrow(self._equalise(self._warp(self.log_mel(wave))), inside)
        mel = self._mask(normalise(mel, inside), rows)
        return mel.view(*shape, *mel.shape[1:]), rows.view(shape)

    def _chance(self, name: str) -> torch.Tensor:
        return torch.rand_like(self.each[name]) < self.each[name]

    def _signed(self, name: str) -> torch.Tensor:
        """Uniform between minus and plus the recipe's value."""
        return (2.0 * torch.rand_like(self.each[name]) - 1.0) * self.each[name]

    def _neighbour(self, values: torch.Tensor) -> torch.Tensor:
        """What belongs to another clip of the same model's batch: never one that this model must not hear."""
        return values.view(*self.shape, *values.shape[1:]).roll(1, 1).view(values.shape)

    def _cut(self, clips):
        """A stretch of each clip, played at another speed, by linear interpolation; beyond its end there is silence."""
        begin, end = self.offsets[clips], self.offsets[clips + 1]
        total = (end - begin).float()[:, None]
        speed = 1.0 + self._signed("speed")
        room = (total - self.length * speed).clamp_min(0.0)
        first = torch.rand_like(room) * room
        at = first + self.time * speed
        whole = at.long()
        part = at - whole
        last = (total - 1.0).long()
        base = begin[:, None]
        left = self.samples[base + torch.minimum(whole, last)].float()
        right = self.samples[base + torch.minimum(whole + 1, last)].float()
        wave = (left + (right - left) * part) / 32768.0
        wave = wave * (at < total)
        length = ((total - first) / speed).clamp_max(self.length).floor().long()
        return wave, length[:, 0]

    def _power(self, wave):
        return wave.square().mean(1, keepdim=True) + 1e-9

    def _room(self, wave):
        """Convolved with exponentially decaying noise after a direct sound."""
        taps = RATE // 2
        decay = _uniform((len(wave), 1), 0.1, 0.7, self.device)
        time = torch.arange(taps, device=self.device) / RATE
        tail = torch.randn(len(wave), taps, device=self.device) * torch.exp(-6.9 * time / decay)
        tail = tail / tail.square().sum(1, keepdim=True).sqrt()
        tail = tail * 10.0 ** (_uniform((len(wave), 1), -18.0, 0.0, self.device) / 20.0)
        tail[:, 0] = 1.0
        size = 1 << (self.length + taps - 1).bit_length()
        wet = torch.fft.irfft(torch.fft.rfft(wave, size) * torch.fft.rfft(tail, size), size)[:, : self.length]
        wet = wet * (self._power(wave) / self._power(wet)).sqrt()
        return torch.where(self._chance("room"), wet, wave)

    def _noise(self, wave):
        """White to brown noise, and another clip of the batch, at some distance below the voice."""
        power = self._power(wave)
        spectrum = torch.fft.rfft(torch.randn_like(wave))
        colour = _uniform((len(wave), 1), 0.0, 1.0, self.device)
        tilt = torch.arange(1, spectrum.shape[1] + 1, device=self.device).float() ** -colour
        noise = torch.fft.irfft(spectrum * tilt, self.length)
        for name, other, low, high in (("noise", noise, 5.0, 45.0), ("babble", self._neighbour(wave), 8.0, 30.0)):
            below = _uniform(power.shape, low, high, self.device)
            level = (power / self._power(other) / 10.0 ** (below / 10.0)).sqrt()
            wave = wave + torch.where(self._chance(name), level, torch.zeros_like(level)) * other
        return wave

    def _level(self, wave, length):
        """Louder or softer; or, like a feature extractor that normalises, with the mean 0 and the variance 1 over the clip."""
        inside = self.time < length[:, None]
        count = length[:, None]
        centred = (wave - (wave * inside).sum(1, keepdim=True) / count) * inside
        normalised = centred / (centred.square().sum(1, keepdim=True) / count + 1e-7).sqrt()
        return torch.where(self.each["normalise"] > 0, normalised, wave * 10.0 ** (self._signed("gain") / 20.0))

    def _warp(self, mel):
        """The frequency axis stretched or squeezed: other throats and pitches at the same tempo."""
        scale = 1.0 + self._signed("warp")
        at = (torch.arange(self.mels, device=self.device) * scale).clamp_max(self.mels - 1)
        whole = at.long().clamp_max(self.mels - 2)
        part = (at - whole)[:, None]
        index = whole[:, None].expand(-1, mel.shape[1], -1)
        left = mel.gather(2, index)
        return left + (mel.gather(2, index + 1) - left) * part

    def _equalise(self, mel):
        """A smooth curve over frequency: three cosines of random size."""
        order = torch.arange(1, 4, device=self.device).float()
        phase = math.pi * torch.arange(self.mels, device=self.device)[:, None] / self.mels * order
        size = (2.0 * torch.rand(len(mel), 3, device=self.device) - 1.0) * self.each["equaliser"] / 3.0
        return mel + (size @ torch.cos(phase).T)[:, None] / 10.0

    def _borrow(self, mel, inside):
        """Mean and deviation of each band partly those of another clip: its voice and microphone (Zhou et al. 2021: MixStyle)."""
        weight = inside[..., None].float()
        count = weight.sum(1, keepdim=True)
        mean = (mel * weight).sum(1, keepdim=True) / count
        deviation = (((mel - mean).square() * weight).sum(1, keepdim=True) / count + 1e-4).sqrt()
        part = torch.rand_like(self.each["borrow"]) * 0.7 * self._chance("borrow")
        part = part[..., None]
        other_mean = mean + part * (self._neighbour(mean) - mean)
        other_deviation = deviation + part * (self._neighbour(deviation) - deviation)
        return (mel - mean) / deviation * other_deviation + other_mean

    def _mask(self, mel, rows):
        """Two bands of time and two of frequency replaced by the clip's mean."""
        mean = mel.mean((1, 2), keepdim=True)
        for axis, size, widest in ((1, rows[:, None].float(), 25.0), (2, None, 12.0), (1, rows[:, None].float(), 25.0), (2, None, 12.0)):
            span = float(self.mels) if size is None else size
            width = torch.rand(len(mel), 1, device=self.device) * widest * self.each["mask"]
            begin = torch.rand(len(mel), 1, device=self.device) * (span - width).clamp_min(0.0)
            at = torch.arange(mel.shape[axis], device=self.device).float()
            hidden = (at >= begin) & (at < begin + width)
            mel = torch.where(hidden[:, :, None] if axis == 1 else hidden[:, None, :], mean, mel)
        return mel

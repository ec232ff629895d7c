"""The yardstick: features made by hand, one vector for a clip, as studies of emotion in speech used before learned ones.

MFCCs, log-mel bands, pitch and energy, each by its mean, standard deviation and percentiles over the clip, and the mean size of its
changes. Silence at both ends is left out, or the statistics would measure it.
"""

import numpy as np

RATE = 16_000
WINDOW, HOP = 400, 160
PITCH_WINDOW = 800  # two periods of the lowest voice
LOWEST, HIGHEST = 60.0, 500.0  # Hz
BANDS, COEFFICIENTS = 40, 20


def _frames(signal: np.ndarray, window: int) -> np.ndarray:
    padded = np.pad(signal, (window // 2, window // 2 + HOP))
    count = 1 + len(signal) // HOP
    return np.lib.stride_tricks.sliding_window_view(padded, window)[: count * HOP : HOP]


def _mel_filters() -> np.ndarray:
    def mel(hertz):
        return 2595.0 * np.log10(1.0 + hertz / 700.0)

    edges = 700.0 * (10.0 ** (np.linspace(mel(50.0), mel(RATE / 2), BANDS + 2) / 2595.0) - 1.0)
    hertz = np.linspace(0, RATE / 2, 257)[:, None]
    rise = (hertz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - hertz) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rise, fall))


def _cosines() -> np.ndarray:
    """[BANDS, COEFFICIENTS]: the orthonormal discrete cosine transform of type II."""
    angle = np.pi / BANDS * (np.arange(BANDS)[:, None] + 0.5) * np.arange(COEFFICIENTS)
    return np.cos(angle) * np.sqrt(np.where(np.arange(COEFFICIENTS) == 0, 1.0, 2.0) / BANDS)


_FILTERS = _mel_filters()
_COSINES = _cosines()


def _pitch(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per frame: the frequency of the strongest peak of the normalised autocorrelation, and its height."""
    frames = _frames(signal, PITCH_WINDOW) * np.hanning(PITCH_WINDOW)
    spectrum = np.abs(np.fft.rfft(frames, 2048)) ** 2
    correlation = np.fft.irfft(spectrum)[:, :PITCH_WINDOW]
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(PITCH_WINDOW), 2048)) ** 2)[:PITCH_WINDOW]
    correlation = correlation / (correlation[:, :1] + 1e-9) / (window / window[0] + 1e-3)
    first, last = int(RATE / HIGHEST), int(RATE / LOWEST)
    part = correlation[:, first:last]
    # The first peak that is nearly as high as the highest: not an octave below.
    high = part.max(1)
    lag = first + np.argmax(part >= 0.9 * high[:, None], axis=1)
    while True:  # from the edge of the peak to its top
        up = np.minimum(lag + 1, last - 1)
        better = correlation[np.arange(len(lag)), up] > correlation[np.arange(len(lag)), lag]
        if not better.any():
            break
        lag = np.where(better, up, lag)
    return RATE / lag, high


def _statistics(values: np.ndarray) -> list[np.ndarray]:
    change = np.diff(values, axis=0) if len(values) > 1 else np.zeros_like(values)
    return [values.mean(0), values.std(0), *np.percentile(values, [10, 50, 90], axis=0), np.abs(change).mean(0), change.std(0)]


def features(clip: np.ndarray) -> np.ndarray:
    """One vector of a clip of int16 samples."""
    signal = clip.astype(np.float64) / 32768.0
    signal = signal - signal.mean()
    energy = 10.0 * np.log10(np.square(_frames(signal, WINDOW)).mean(1) + 1e-10)
    loud = np.flatnonzero(energy > energy.max() - 40.0)
    begin, end = loud[0], loud[-1] + 1
    energy = energy[begin:end]
    power = np.abs(np.fft.rfft(_frames(signal, WINDOW)[begin:end] * np.hanning(WINDOW), 512)) ** 2
    mel = 10.0 * np.log10(power @ _FILTERS + 1e-10)
    cepstrum = mel @ _COSINES
    frequency, voicing = (values[begin:end] for values in _pitch(signal))
    voiced = voicing > 0.5
    semitones = 12.0 * np.log2(frequency[voiced] / 100.0) if voiced.sum() > 2 else np.zeros(3)
    centroid = (power * np.linspace(0, 8, power.shape[1])).sum(1) / (power.sum(1) + 1e-12)
    parts = []
    for values in (mel, cepstrum, energy[:, None], semitones[:, None], voicing[:, None], centroid[:, None]):
        parts += _statistics(values)
    runs = np.abs(np.diff(voiced.astype(int))).sum() / 2.0
    parts.append(np.array([voiced.mean(), runs / max(1, len(voiced)) * 100.0, (end - begin) / 100.0]))
    return np.concatenate(parts).astype(np.float32)

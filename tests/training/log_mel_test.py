#!/usr/bin/env python3
"""The spectrogram that encoders are trained on is Whisper's: that of the goldens, which transformers made and the engine agrees with."""

import sys

import support

support.require("numpy", "torch")

import numpy as np  # pylint: disable=wrong-import-position
import torch  # pylint: disable=wrong-import-position

from undertone_training.log_mel import LogMel, normalise  # pylint: disable=wrong-import-position

GOLDEN = support.ROOT / "tests" / "golden" / "encoder"
# Bands count down to 1e-8 of the strongest one's power, 1e-4 of its amplitude. Rounding in a float32 Fourier transform, some 1e-8 of the
# greatest amplitude, is 1e-4 of theirs; the logarithm to base 10 and the division by 4 leave a quarter of that.
TOLERANCE = 5e-5


def main():
    waveform = np.load(GOLDEN / "waveform.npy")
    compared = 0
    for bins in (80, 128):
        with np.load(GOLDEN / f"whisper-{bins}" / "expected.npz") as expected:
            for name in expected.files:
                if not name.startswith("clip_features_"):
                    continue
                clip = waveform[: int(name.rpartition("_")[2])]
                mel = LogMel(bins)(torch.from_numpy(clip)[None])
                found = normalise(mel, torch.ones(mel.shape[:2], dtype=torch.bool))[0].numpy()
                reference = expected[name]
                if found.shape != reference.shape:
                    sys.exit(f"whisper-{bins}, {name}: {found.shape} where there should be {reference.shape}")
                error = float(np.abs(found - reference).max())
                print(f"whisper-{bins}, {name}: differs by {error:.1e} at most, spread {reference.std():.2f}")
                if not error < TOLERANCE:
                    sys.exit(f"more than {TOLERANCE}")
                compared += 1
    if compared < 4:
        sys.exit(f"only {compared} spectrograms in the goldens")


if __name__ == "__main__":
    main()

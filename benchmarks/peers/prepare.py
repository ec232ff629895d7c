#!/usr/bin/env python3
"""Makes of a checkpoint what ONNX Runtime and OpenVINO read: prepare.py ENCODER FOLDER

    encoder.onnx            f32, any length of clip, exported by PyTorch
    encoder-int8.onnx       MatMul in int8: weights with a scale for each output, activations quantised as they are seen
    encoder.xml, .bin       f32, converted from PyTorch by OpenVINO
    encoder-int8.xml, .bin  linear layers and convolutions in int8, activations with fixed scales, by NNCF on noise

What is there is kept. Each is moved into place once it is whole.
"""

import pathlib
import sys

OPSET = 17


def traced_model(encoder):
    """samples [1, n] to frames [1, t, d], with the weights of the positional convolution multiplied out."""
    import torch
    from worker import load_torch

    class Frames(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = load_torch(encoder, "sdpa", torch.float32)

        def forward(self, samples):
            return self.model(samples).last_hidden_state

    return Frames().eval()


def example(seconds=1.0, seed=1):
    import numpy as np
    return np.random.default_rng(seed).standard_normal((1, int(16000 * seconds))).astype(np.float32)


def export_onnx(encoder, _, target):
    import torch
    with torch.no_grad():
        torch.onnx.export(traced_model(encoder), (torch.from_numpy(example()),), str(target), dynamo=False, opset_version=OPSET,
                          input_names=["samples"], output_names=["frames"],
                          dynamic_axes={"samples": {1: "n"}, "frames": {1: "t"}})


def quantise_onnx(_, folder, target):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    quantize_dynamic(folder / "encoder.onnx", target, weight_type=QuantType.QInt8, per_channel=True,
                     op_types_to_quantize=["MatMul"])


def convert_openvino(encoder, _, target):
    import openvino
    import torch
    model = openvino.convert_model(traced_model(encoder), example_input=torch.from_numpy(example()),
                                   input=[openvino.PartialShape([1, -1])])
    openvino.save_model(model, target, compress_to_fp16=False)


def quantise_openvino(_, folder, target):
    import nncf
    import openvino
    model = openvino.Core().read_model(folder / "encoder.xml")
    clips = [example(seconds, seed) for seed, seconds in enumerate((1, 2, 3, 4, 2, 3, 2, 3))]
    quantised = nncf.quantize(model, nncf.Dataset(clips), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(clips))
    openvino.save_model(quantised, target, compress_to_fp16=False)


STEPS = {"encoder.onnx": export_onnx, "encoder-int8.onnx": quantise_onnx, "encoder.xml": convert_openvino,
         "encoder-int8.xml": quantise_openvino}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    encoder, folder = map(pathlib.Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in STEPS.items():
        if (folder / name).exists():
            continue
        print(f"== making {name}", flush=True)
        target = folder / f"unfinished-{name}"
        make(encoder, folder, target)
        if target.suffix == ".xml":  # names no other file, so that both can be renamed
            target.with_suffix(".bin").replace((folder / name).with_suffix(".bin"))
        target.replace(folder / name)


if __name__ == "__main__":
    main()

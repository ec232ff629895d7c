#!/usr/bin/env python3
"""Encodes clips when it is told to, with one of the programs that Undertone is compared with:

    worker.py PEER ENCODER-FOLDER SAMPLES --prepared FOLDER [--threads 1]

The protocol is that of encoder_worker.cpp beside this folder. FOLDER holds what prepare.py made. A clip's time is from its
samples to the mean of its frames: normalising, encoding and pooling.
"""

import argparse
import json
import os
import pathlib
import sys
import time


def load_torch(encoder, attention, dtype):
    import torch
    import transformers
    model = transformers.AutoModel.from_pretrained(encoder, attn_implementation=attention, dtype=dtype).eval()
    # Weight norm would be computed anew for every clip.
    convolution = model.encoder.pos_conv_embed.conv
    if torch.nn.utils.parametrize.is_parametrized(convolution):
        torch.nn.utils.parametrize.remove_parametrizations(convolution, "weight")
    return model


def pytorch(attention, precision):
    def make(arguments):
        import torch
        import transformers
        torch.set_num_threads(arguments.threads)
        dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[precision]
        model = load_torch(arguments.encoder, attention, dtype)

        def encode(wave):
            with torch.inference_mode():
                frames = model(torch.from_numpy(wave).to(dtype)).last_hidden_state
                return frames[0].float().mean(0).numpy()
        return encode, {"torch": torch.__version__, "transformers": transformers.__version__}
    return make


def onnx_runtime(name):
    def make(arguments):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = arguments.threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(arguments.prepared / name, options, providers=["CPUExecutionProvider"])
        return (lambda wave: session.run(None, {"samples": wave})[0][0].mean(0)), {"onnxruntime": onnxruntime.__version__}
    return make


def openvino(name, precision):
    def make(arguments):
        import openvino as ov
        core = ov.Core()
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": arguments.threads,
                    "INFERENCE_PRECISION_HINT": precision, "CACHE_DIR": str(arguments.prepared / "openvino-cache")}
        request = core.compile_model(arguments.prepared / name, "CPU", settings).create_infer_request()
        return (lambda wave: request.infer([wave])[0][0].mean(0)), {"openvino": ov.__version__.split("-")[0]}
    return make


PEERS = {
    "torch-eager": pytorch("eager", "f32"),
    "torch-sdpa": pytorch("sdpa", "f32"),
    "torch-bf16": pytorch("sdpa", "bf16"),
    "onnxruntime": onnx_runtime("encoder.onnx"),
    "onnxruntime-int8": onnx_runtime("encoder-int8.onnx"),
    "openvino": openvino("encoder.xml", "f32"),
    "openvino-bf16": openvino("encoder.xml", "bf16"),
    "openvino-int8": openvino("encoder-int8.xml", "f32"),
}


def clips(arguments):
    """Samples [1, n] as the encoder wants them, from how many they are."""
    import numpy as np
    samples = np.fromfile(arguments.samples, np.float32)
    settings = json.loads((arguments.encoder / "preprocessor_config.json").read_text())
    normalise = settings.get("do_normalize", True)

    def clip(count):
        if not 1 <= count <= len(samples):
            raise ValueError(f"asked for {count} of {len(samples)} samples")
        wave = samples[None, :count]
        return (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7) if normalise else wave.copy()
    return clip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("encoder", type=pathlib.Path)
    parser.add_argument("samples", type=pathlib.Path)
    parser.add_argument("--prepared", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    # Libraries write to standard output at times; it belongs to the protocol.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    clip = clips(arguments)
    encode, versions = PEERS[arguments.peer](arguments)
    answer({"ready": True, "versions": versions})
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "embed":
            answer({"embedding": encode(clip(request["samples"])).tolist()})
        elif request["do"] == "encode":
            begin = time.perf_counter()
            for count in request["samples"]:
                encode(clip(count))
            answer({"seconds": time.perf_counter() - begin})
        else:
            raise ValueError(f"asked to do {request['do']!r}, which is unknown")


if __name__ == "__main__":
    main()

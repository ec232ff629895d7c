#!/usr/bin/env python3
"""Write tests/golden/tensor: small files by NumPy, PyTorch and safetensors, and what they hold.

The tests read each file and compare with `expected.json`, which this script takes from the arrays
themselves, never from our own reader. Versions and seed stand in `expected.json` too.

    python3 tools/make_tensor_goldens.py tests/golden/tensor

Needs numpy, torch and safetensors.
"""

import collections
import io
import json
import pathlib
import pickle
import sys
import zipfile

import numpy as np
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

SEED = 20240607


def describe(tensor):
    """Shape and values of a torch tensor or NumPy array, exact in JSON."""
    if isinstance(tensor, torch.Tensor):
        tensor = tensor.detach()
        if tensor.dtype == torch.bfloat16:
            tensor = tensor.float()
        tensor = tensor.numpy()
    if tensor.dtype.kind == "U":
        values = tensor.reshape(-1).tolist()
    else:
        values = tensor.astype(np.float64).reshape(-1).tolist()
    return {"shape": list(tensor.shape), "values": values}


def torch_files(folder, expected):
    torch.manual_seed(SEED)

    def save(name, value, tensors, **options):
        torch.save(value, folder / name, **options)
        expected[name] = {key: describe(tensor) for key, tensor in tensors.items()}

    matrix = torch.randn(3, 4)
    plain = {"a.weight": matrix, "a.bias": torch.randn(3)}
    save("plain_dict.bin", plain, plain)

    ordered = collections.OrderedDict((("z", torch.randn(2)), ("a", torch.randn(2, 2))))
    ordered._metadata = collections.OrderedDict(version=1)
    save("ordered_dict.bin", ordered, ordered)

    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    save("module.bin", module.state_dict(), module.state_dict())

    base = torch.randn(5, 6)
    cube = torch.randn(2, 3, 4)
    views = {
        "whole": base,
        "transposed": base.t(),
        "rows": base[1:4],
        "columns": base[:, 2:5],
        "every_other": base[::2, 1::3],
        "one_row": base[3],
        "permuted": cube.permute(2, 0, 1),
        "scalar_view": base[2, 3],
        "unsqueezed": base[:, 0].unsqueeze(1).unsqueeze(0),
    }
    save("views.bin", views, views)

    numbers = {
        "double": torch.randn(3, dtype=torch.float64),
        "half": torch.randn(7).half(),
        "bfloat16": torch.randn(7).bfloat16(),
        "long": torch.tensor([-(2**40), 0, 2**53]),
        "int": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
        "short": torch.tensor([-32768, 32767], dtype=torch.int16),
        "char": torch.tensor([-128, 127], dtype=torch.int8),
        "byte": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
    }
    save("dtypes.bin", numbers, numbers)

    parameters = {"p": torch.nn.Parameter(torch.randn(2, 3)), "t": torch.randn(2)}
    save("parameters.bin", parameters, parameters)

    tied = {"embedding": matrix, "head": matrix}
    save("tied.bin", tied, tied)

    for key in ("state_dict", "model", "model_state_dict"):
        wrapped = {
            key: ordered,
            "epoch": 7,
            "loss": 0.25,
            "big": 2**70,
            "negative": -5,
            "note": "some text",
            "nothing": None,
            "flags": [True, False, (1, 2), {"x": []}],
            "optimizer": {"state": {0: {"step": 3}}, "param_groups": [{"lr": 1e-3, "params": [0]}]},
        }
        save(f"wrapped_{key}.bin", wrapped, ordered)

    # Protocols other than torch's own 2.
    save("protocol_3.bin", plain, plain, pickle_protocol=3)
    save("protocol_4.bin", plain, plain, pickle_protocol=4)
    save("protocol_5.bin", plain, plain, pickle_protocol=5)

    # What is refused.
    torch.save(plain, folder / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save({"a": torch.zeros(1).expand(1000)}, folder / "expanded.bin")
    torch.save(torch.randn(2), folder / "bare_tensor.bin")
    torch.save({"epoch": 1}, folder / "no_tensors.bin")
    torch.save({"model": plain, "state_dict": plain}, folder / "two_state_dicts.bin")
    torch.save({"a": torch.zeros(1), "device": torch.device("cpu")}, folder / "foreign_global.bin")
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(folder / "torch_script.bin"))
    with open(folder / "bare_pickle.bin", "wb") as file:
        pickle.dump({"a": 1}, file, protocol=2)


def sharded_files(folder, expected):
    torch.manual_seed(SEED + 1)
    tensors = {"one": torch.randn(2), "two": torch.randn(3), "three": torch.randn(2, 2)}
    torch.save({k: tensors[k] for k in ("one", "two")}, folder / "shard-1.bin")
    torch.save({"three": tensors["three"]}, folder / "shard-2.bin")
    weight_map = {"one": "shard-1.bin", "two": "shard-1.bin", "three": "shard-2.bin"}
    index = {"metadata": {"total_size": 36}, "weight_map": weight_map}
    (folder / "sharded.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")
    expected["sharded.bin.index.json"] = {k: describe(v) for k, v in tensors.items()}


def safetensors_files(folder, expected):
    torch.manual_seed(SEED + 2)
    tensors = {
        "a.f64": torch.randn(2, 2, dtype=torch.float64),
        "b.f32": torch.randn(3),
        "c.f16": torch.randn(5).half(),
        "d.bf16": torch.randn(5).bfloat16(),
        "e.i64": torch.tensor([-(2**40), 2**53]),
        "f.i32": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
        "g.i16": torch.tensor([-32768, 32767, 1], dtype=torch.int16),
        "h.i8": torch.tensor([-128, 127, 0], dtype=torch.int8),
        "i.u8": torch.tensor([0, 255, 1], dtype=torch.uint8),
        "j.bool": torch.tensor([True, False]),
        "k.scalar": torch.tensor(-1.5),
        "l.empty": torch.zeros(0, 4),
        "µ.f32": torch.randn(1),
    }
    name = "dtypes.safetensors"
    safetensors.torch.save_file(tensors, folder / name, metadata={"format": "pt"})
    (folder / name).chmod(0o644)  # safetensors makes it private
    expected[name] = {key: describe(tensor) for key, tensor in tensors.items()}


def numpy_files(folder, expected):
    random = np.random.default_rng(SEED)
    arrays = {
        "f4": random.standard_normal((3, 4)).astype("<f4"),
        "f8": random.standard_normal(5),
        "f2": random.standard_normal(5).astype("<f2"),
        "i1": np.array([-128, 127], "i1"),
        "i2": np.array([-32768, 32767], "<i2"),
        "i4": np.array([-(2**31), 2**31 - 1], "<i4"),
        "i8": np.array([[-(2**40)], [2**53]], "<i8"),
        "u1": np.array([0, 255], "u1"),
        "u2": np.array([0, 65535], "<u2"),
        "u4": np.array([0, 2**32 - 1], "<u4"),
        "bool": np.array([True, False, True]),
        "text": np.array(["Happy", "", "zażółć 😀"]),
        "text_scalar": np.array("one"),
        "text_matrix": np.array([["a", "bc"], ["def", ""]]),
        "scalar": np.array(2.5),
        "empty": np.zeros((0, 3), "<f4"),
        "fortran": np.asfortranarray(random.standard_normal((3, 4)).astype("<f4")),
        "fortran_cube": np.asfortranarray(random.standard_normal((2, 3, 4))),
        "fortran_text": np.asfortranarray(np.array([["a", "bc"], ["def", "g"]])),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
        expected[f"{name}.npy"] = describe(array)
    np.save(folder / "bytes.npy", np.array([b"abc", b"", b"de"]))
    expected["bytes.npy"] = describe(np.array(["abc", "", "de"]))
    for version in ((2, 0), (3, 0)):
        name = f"version_{version[0]}.npy"
        with open(folder / name, "wb") as file:
            np.lib.format.write_array(file, arrays["f4"], version=version)
        expected[name] = describe(arrays["f4"])

    # What is refused.
    np.save(folder / "objects.npy", np.array([{"a": 1}], dtype=object))
    np.save(folder / "big_endian.npy", np.array([1.0, 2.0], ">f8"))
    np.save(folder / "structured.npy", np.zeros(2, [("x", "<f4"), ("y", "<i4")]))
    np.save(folder / "complex.npy", np.zeros(2, "<c16"))

    chosen = {name: arrays[name] for name in ("f4", "f8", "i8", "text", "scalar", "empty")}

    def fixed(name, compression):
        # np.savez stamps the time of writing; these are the same bytes every time.
        with zipfile.ZipFile(folder / name, "w", compression) as archive:
            for key, array in chosen.items():
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, array)
                archive.writestr(zipfile.ZipInfo(f"{key}.npy"), buffer.getvalue(), compression)
        with np.load(folder / name) as loaded:
            assert sorted(loaded.files) == sorted(chosen)
        expected[name] = {key: describe(array) for key, array in chosen.items()}

    fixed("stored.npz", zipfile.ZIP_STORED)
    fixed("deflated.npz", zipfile.ZIP_DEFLATED)
    np.savez(folder / "savez.npz", **chosen)
    expected["savez.npz"] = {key: describe(array) for key, array in chosen.items()}
    np.savez_compressed(folder / "savez_compressed.npz", **chosen)
    expected["savez_compressed.npz"] = expected["savez.npz"]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    torch_files(folder, files)
    sharded_files(folder, files)
    safetensors_files(folder, files)
    numpy_files(folder, files)
    made_by = {
        "script": "tools/make_tensor_goldens.py",
        "seed": SEED,
        "numpy": np.__version__,
        "torch": torch.__version__.split("+")[0],
        "safetensors": safetensors.__version__,
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    text = json.dumps({"made_by": made_by, "files": files}, indent=1, sort_keys=True)
    (folder / "expected.json").write_text(text + "\n")


if __name__ == "__main__":
    main()

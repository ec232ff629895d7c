// The part of Python's pickle format that PyTorch's checkpoints are written in.
//
// A pickle is a program for a small stack machine, which can call any Python function by name; that
// is why loading one is dangerous in Python. This reader knows the opcodes that build plain data,
// and exactly the callables in Callable and the storage types of torch. A pickle that names
// anything else is refused by that name: nothing is looked up and nothing is run.
// https://github.com/python/cpython/blob/main/Lib/pickletools.py describes the opcodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tensor/tensor_archive.hpp"

namespace undertone::tensor::pickle {

// Values live in a Program and point to each other without owning.
struct Value;
using Ref = Value*;

struct None {};
// A number or bytes object of no interest here (a Python integer beyond 64 bits, say).
struct Opaque {};
struct Tuple {
  std::vector<Ref> items;
};
struct List {
  std::vector<Ref> items;
};
// dict or collections.OrderedDict; in the order of insertion, keys may repeat.
struct Dict {
  std::vector<std::pair<Ref, Ref>> items;
};

enum class Callable { kOrderedDict, kRebuildTensor, kRebuildParameter };

// torch.FloatStorage and the like.
struct StorageType {
  DType dtype = DType::kF32;
};

// A run of elements in a file of the archive.
struct Storage {
  std::string key;
  DType dtype = DType::kF32;
  std::uint64_t size = 0;  // in elements; in bytes it does not overflow
};

// A strided view that lies within its storage. Offset and strides are in elements.
struct Tensor {
  const Storage* storage = nullptr;
  std::uint64_t offset = 0;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> strides;
};

struct Value {
  std::variant<None, Opaque, bool, std::int64_t, double, std::string, Tuple, List, Dict, Callable,
               StorageType, std::unique_ptr<Storage>, std::unique_ptr<Tensor>>
      content;
};

struct Limits {
  std::size_t max_bytes = std::size_t{64} << 20;
  std::size_t max_values = 2'000'000;
  std::size_t max_stack = 1'000'000;
  std::size_t max_memo = 2'000'000;
};

// The result of a pickle: the root and everything it refers to.
struct Program {
  std::deque<Value> values;
  Ref root = nullptr;
};

// Throws Error(kModelCorrupt) on a malformed pickle or one beyond the limits, and
// Error(kModelUnsupported) on one that asks for what is not in the list above. `name` is what
// messages call it.
Program run(std::span<const std::byte> bytes, std::string_view name, const Limits& limits = {});

}  // namespace undertone::tensor::pickle

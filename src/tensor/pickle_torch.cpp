#include "tensor/pickle_torch.hpp"

#include <array>
#include <fmt/core.h>

#include "tensor/checked_size.hpp"
#include "tensor/printable.hpp"

namespace undertone::tensor::pickle {
namespace {

constexpr std::size_t kMaxDimensions = 64;  // torch's own limit

struct NamedStorage {
  std::string_view name;
  DType dtype;
};

constexpr std::array kStorages = {
    NamedStorage{"DoubleStorage", DType::kF64}, NamedStorage{"FloatStorage", DType::kF32},
    NamedStorage{"HalfStorage", DType::kF16},   NamedStorage{"BFloat16Storage", DType::kBF16},
    NamedStorage{"LongStorage", DType::kI64},   NamedStorage{"IntStorage", DType::kI32},
    NamedStorage{"ShortStorage", DType::kI16},  NamedStorage{"CharStorage", DType::kI8},
    NamedStorage{"ByteStorage", DType::kU8},    NamedStorage{"BoolStorage", DType::kBool},
};

template <class T>
T& as(Ref value, std::string_view what) {
  T* const content = std::get_if<T>(&value->content);
  if (content == nullptr) throw Malformed(fmt::format("{} is of the wrong type", what));
  return *content;
}

std::uint64_t as_size(Ref value, std::string_view what) {
  const std::int64_t size = as<std::int64_t>(value, what);
  if (size < 0) throw Malformed(fmt::format("{} is negative: {}", what, size));
  return static_cast<std::uint64_t>(size);
}

std::vector<std::uint64_t> as_sizes(Ref value, std::string_view what) {
  const auto& items = as<Tuple>(value, what).items;
  if (items.size() > kMaxDimensions) {
    throw Malformed(fmt::format("{} has {} dimensions", what, items.size()));
  }
  std::vector<std::uint64_t> sizes;
  sizes.reserve(items.size());
  for (const Ref item : items) sizes.push_back(as_size(item, what));
  return sizes;
}

// Throws unless every element of the view lies in the storage.
void require_within_storage(const Tensor& tensor) {
  const auto count = checked_product(tensor.shape);
  if (!count) throw Malformed("a tensor's shape overflows");
  const std::uint64_t size = tensor.storage->size;
  if (*count == 0) return;
  std::optional<std::uint64_t> last = tensor.offset;
  for (std::size_t d = 0; d < tensor.shape.size() && last; ++d) {
    const auto reach = checked_multiply(tensor.shape[d] - 1, tensor.strides[d]);
    last = reach ? checked_add(*last, *reach) : std::nullopt;
  }
  if (!last || *last >= size) {
    throw Malformed(fmt::format("a tensor reaches beyond its storage '{}' of {} elements",
                                printable(tensor.storage->key), size));
  }
  // Expanded views would let a small file claim tensors of any size.
  if (*count > size) {
    throw Malformed(
        fmt::format("a tensor of {} elements repeats those of its storage '{}', which has {}",
                    *count, printable(tensor.storage->key), size),
        ErrorCode::kModelUnsupported);
  }
}

Content rebuild_tensor(const Tuple& arguments) {
  // storage, offset, size, stride, requires_grad, backward_hooks, [metadata]
  const auto& items = arguments.items;
  if (items.size() < 4 || items.size() > 7) {
    throw Malformed(fmt::format("_rebuild_tensor_v2 is given {} arguments", items.size()));
  }
  auto tensor = std::make_unique<Tensor>();
  tensor->storage = as<std::unique_ptr<Storage>>(items[0], "a tensor's storage").get();
  tensor->offset = as_size(items[1], "a tensor's offset");
  tensor->shape = as_sizes(items[2], "a tensor's shape");
  tensor->strides = as_sizes(items[3], "a tensor's stride");
  if (tensor->shape.size() != tensor->strides.size()) {
    throw Malformed(fmt::format("a tensor has {} dimensions and {} strides", tensor->shape.size(),
                                tensor->strides.size()));
  }
  require_within_storage(*tensor);
  return tensor;
}

// OrderedDict() or OrderedDict([[key, value], ...]).
Content ordered_dict(const Tuple& arguments) {
  if (arguments.items.size() > 1) throw Malformed("OrderedDict is given too many arguments");
  Dict dict;
  if (arguments.items.empty()) return dict;
  for (const Ref item : as<List>(arguments.items[0], "OrderedDict's argument").items) {
    const auto* const list = std::get_if<List>(&item->content);
    const auto& pair = list != nullptr ? list->items : as<Tuple>(item, "an OrderedDict item").items;
    if (pair.size() != 2) throw Malformed("an OrderedDict item is not a pair");
    dict.items.emplace_back(pair[0], pair[1]);
  }
  return dict;
}

}  // namespace

std::optional<Content> find_global(std::string_view module, std::string_view name) {
  if (module == "collections" && name == "OrderedDict") return Callable::kOrderedDict;
  if (module == "torch._utils" && name == "_rebuild_tensor_v2") return Callable::kRebuildTensor;
  if (module == "torch._utils" && name == "_rebuild_parameter") return Callable::kRebuildParameter;
  if (module == "torch") {
    for (const NamedStorage& storage : kStorages) {
      if (storage.name == name) return StorageType{storage.dtype};
    }
  }
  return std::nullopt;
}

std::variant<Ref, Content> call(Callable callable, const Tuple& arguments) {
  switch (callable) {
    case Callable::kOrderedDict:
      return ordered_dict(arguments);
    case Callable::kRebuildTensor:
      return rebuild_tensor(arguments);
    case Callable::kRebuildParameter:  // data, requires_grad, backward_hooks
      if (arguments.items.size() != 3) {
        throw Malformed("_rebuild_parameter is not given three arguments");
      }
      as<std::unique_ptr<Tensor>>(arguments.items[0], "a parameter's data");
      return arguments.items[0];
  }
  throw Malformed("an unknown callable");
}

Content load_persistent(const Tuple& id) {
  // A sixth item once described views; it is None in zip archives.
  if (id.items.size() < 5 || id.items.size() > 6 ||
      as<std::string>(id.items[0], "the kind of a persistent id") != "storage") {
    throw Malformed("a persistent id is not that of a storage");
  }
  auto storage = std::make_unique<Storage>();
  storage->dtype = as<StorageType>(id.items[1], "a storage's type").dtype;
  storage->key = as<std::string>(id.items[2], "a storage's key");
  storage->size = as_size(id.items[4], "a storage's size");
  if (!checked_multiply(storage->size, size_of(storage->dtype))) {
    throw Malformed("a storage's size overflows");
  }
  return storage;
}

}  // namespace undertone::tensor::pickle

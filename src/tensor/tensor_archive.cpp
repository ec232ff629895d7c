#include "tensor/tensor_archive.hpp"

#include <algorithm>

#include "tensor/checked_size.hpp"

namespace undertone::tensor {

std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kI64:
      return 8;
    case DType::kF32:
    case DType::kI32:
      return 4;
    case DType::kF16:
    case DType::kBF16:
    case DType::kI16:
      return 2;
    case DType::kI8:
    case DType::kU8:
    case DType::kBool:
      return 1;
  }
  return 0;
}

std::string_view to_string(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "F64";
    case DType::kF32:
      return "F32";
    case DType::kF16:
      return "F16";
    case DType::kBF16:
      return "BF16";
    case DType::kI64:
      return "I64";
    case DType::kI32:
      return "I32";
    case DType::kI16:
      return "I16";
    case DType::kI8:
      return "I8";
    case DType::kU8:
      return "U8";
    case DType::kBool:
      return "BOOL";
  }
  return "?";
}

std::uint64_t TensorInfo::element_count() const { return checked_product(shape).value_or(0); }

std::span<const float> TensorArchive::mapped_floats(const TensorInfo& /*tensor*/) const {
  return {};
}

void TensorArchive::release(const TensorInfo& /*tensor*/,
                            std::span<const std::byte> /*part*/) const {}

const TensorInfo* TensorArchive::find(std::string_view name) const {
  const auto all = tensors();
  const auto found = std::lower_bound(
      all.begin(), all.end(), name,
      [](const TensorInfo& info, std::string_view wanted) { return info.name < wanted; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

}  // namespace undertone::tensor

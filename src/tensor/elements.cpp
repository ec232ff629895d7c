#include "tensor/elements.hpp"

#include <bit>
#include <cassert>
#include <cstring>
#include <type_traits>
#include <vector>

#include "tensor/float_formats.hpp"

namespace undertone::tensor {
namespace {

static_assert(std::endian::native == std::endian::little,
              "checkpoints are little-endian and are read without swapping bytes");

// How one element is read from any address.
template <class T>
struct Plain {
  using Value = T;
  static constexpr std::size_t kSize = sizeof(T);
  static Value load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
  }
};

template <float (*Widen)(std::uint16_t)>
struct Narrow {
  using Value = float;
  static constexpr std::size_t kSize = 2;
  static Value load(const std::byte* from) { return Widen(Plain<std::uint16_t>::load(from)); }
};

template <class Visitor>
void visit_element(DType dtype, Visitor&& visit) {
  switch (dtype) {
    case DType::kF64:
      return visit(Plain<double>{});
    case DType::kF32:
      return visit(Plain<float>{});
    case DType::kF16:
      return visit(Narrow<float_from_half>{});
    case DType::kBF16:
      return visit(Narrow<float_from_bfloat16>{});
    case DType::kI64:
      return visit(Plain<std::int64_t>{});
    case DType::kI32:
      return visit(Plain<std::int32_t>{});
    case DType::kI16:
      return visit(Plain<std::int16_t>{});
    case DType::kI8:
      return visit(Plain<std::int8_t>{});
    case DType::kU8:
    case DType::kBool:
      return visit(Plain<std::uint8_t>{});
  }
}

template <class Out>
void convert(DType dtype, std::span<const std::byte> bytes, std::span<Out> out) {
  assert(bytes.size() == out.size() * size_of(dtype));
  if (out.empty()) return;
  visit_element(dtype, [&](auto element) {
    using Element = decltype(element);
    if constexpr (std::is_same_v<typename Element::Value, Out> && Element::kSize == sizeof(Out)) {
      std::memcpy(out.data(), bytes.data(), bytes.size());
    } else {
      const std::byte* from = bytes.data();
      for (Out& value : out) {
        value = static_cast<Out>(Element::load(from));
        from += Element::kSize;
      }
    }
  });
}

bool is_contiguous(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides) {
  std::uint64_t expected = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    if (shape[d] != 1 && strides[d] != expected) return false;
    expected *= shape[d];
  }
  return true;
}

template <class Out>
void gather(DType dtype, std::span<const std::byte> storage, std::uint64_t offset,
            std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides,
            std::span<Out> out) {
  if (out.empty()) return;
  const std::size_t size = size_of(dtype);
  if (is_contiguous(shape, strides)) {
    convert(dtype, storage.subspan(offset * size, out.size() * size), out);
    return;
  }
  visit_element(dtype, [&](auto element) {
    using Element = decltype(element);
    // Not contiguous, so there is at least one dimension. All but the last are counted up by hand.
    const std::size_t outer = shape.size() - 1;
    std::vector<std::uint64_t> index(outer, 0);
    const std::uint64_t inner = shape[outer];
    const std::uint64_t step = strides[outer] * Element::kSize;
    Out* to = out.data();
    Out* const end = to + out.size();
    std::uint64_t row = offset;
    while (to != end) {
      const std::byte* from = storage.data() + row * Element::kSize;
      for (std::uint64_t i = 0; i < inner; ++i)
        *to++ = static_cast<Out>(Element::load(from + i * step));
      for (std::size_t d = outer; d-- > 0;) {
        row += strides[d];
        if (++index[d] < shape[d]) break;
        row -= strides[d] * shape[d];
        index[d] = 0;
      }
    }
  });
}

}  // namespace

void convert_elements(DType dtype, std::span<const std::byte> bytes, std::span<float> out) {
  convert(dtype, bytes, out);
}

void convert_elements(DType dtype, std::span<const std::byte> bytes, std::span<double> out) {
  convert(dtype, bytes, out);
}

void gather_elements(DType dtype, std::span<const std::byte> storage, std::uint64_t offset,
                     std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides,
                     std::span<float> out) {
  gather(dtype, storage, offset, shape, strides, out);
}

void gather_elements(DType dtype, std::span<const std::byte> storage, std::uint64_t offset,
                     std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides,
                     std::span<double> out) {
  gather(dtype, storage, offset, shape, strides, out);
}

}  // namespace undertone::tensor

#include "tensor/npy.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>
#include <optional>
#include <utility>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"
#include "tensor/checked_size.hpp"
#include "tensor/float_formats.hpp"
#include "tensor/mapped_file.hpp"
#include "tensor/npy_header.hpp"
#include "tensor/npy_parts.hpp"
#include "tensor/printable.hpp"
#include "tensor/unicode.hpp"

namespace undertone::tensor {
namespace {

using Type = NpyArray::Type;

[[noreturn]] void invalid(std::string_view name, const std::string& what) {
  throw Error(ErrorCode::kDataInvalid, fmt::format("{}: {}", name, what));
}

std::string_view descr_of(Type type) {
  switch (type) {
    case Type::kFloat32:
      return "<f4";
    case Type::kFloat64:
      return "<f8";
    case Type::kInt32:
      return "<i4";
    case Type::kInt64:
      return "<i8";
    case Type::kUint8:
      return "|u1";
    case Type::kBool:
      return "|b1";
    case Type::kUnicode:
      break;
  }
  return "";
}

// How the elements stand in the file, and what they become.
struct Source {
  Type type;
  std::uint64_t item_size;
  // Converts one element; nullptr: copied as it is.
  void (*widen)(const std::byte* from, std::byte* to) = nullptr;
};

template <class From, class To>
void widen_integer(const std::byte* from, std::byte* to) {
  From narrow;
  std::memcpy(&narrow, from, sizeof(narrow));
  const To wide{narrow};
  std::memcpy(to, &wide, sizeof(wide));
}

void widen_half(const std::byte* from, std::byte* to) {
  std::uint16_t half;
  std::memcpy(&half, from, sizeof(half));
  const float wide = float_from_half(half);
  std::memcpy(to, &wide, sizeof(wide));
}

void normalise_bool(const std::byte* from, std::byte* to) {
  *to = std::byte{*from != std::byte{0}};
}

std::optional<Source> find_source(std::string_view descr) {
  if (descr == "<f4") return Source{Type::kFloat32, 4};
  if (descr == "<f8") return Source{Type::kFloat64, 8};
  if (descr == "<f2") return Source{Type::kFloat32, 2, widen_half};
  if (descr == "|i1") return Source{Type::kInt64, 1, widen_integer<std::int8_t, std::int64_t>};
  if (descr == "<i2") return Source{Type::kInt64, 2, widen_integer<std::int16_t, std::int64_t>};
  if (descr == "<i4") return Source{Type::kInt32, 4};
  if (descr == "<i8") return Source{Type::kInt64, 8};
  if (descr == "|u1") return Source{Type::kUint8, 1};
  if (descr == "<u2") return Source{Type::kInt64, 2, widen_integer<std::uint16_t, std::int64_t>};
  if (descr == "<u4") return Source{Type::kInt64, 4, widen_integer<std::uint32_t, std::int64_t>};
  if (descr == "|b1") return Source{Type::kBool, 1, normalise_bool};
  return std::nullopt;
}

[[noreturn]] void refuse_type(std::string_view descr, std::string_view name) {
  if (descr.starts_with("|O")) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: holds Python objects (dtype object), which are not read", name),
                "Save texts with dtype=str and numbers with a numeric dtype.");
  }
  if (descr.starts_with('>')) {
    invalid(name, fmt::format("is big-endian ('{}'), which is not supported", printable(descr)));
  }
  invalid(name, fmt::format("has the type '{}', which is not supported", printable(descr)));
}

// The characters per text of "<U12" or "|S5", or nullopt.
std::optional<std::uint64_t> text_width(std::string_view descr, std::string_view prefix) {
  if (!descr.starts_with(prefix) || descr.size() == prefix.size() || descr.size() > 12) {
    return std::nullopt;
  }
  std::uint64_t width = 0;
  for (const char digit : descr.substr(prefix.size())) {
    if (digit < '0' || digit > '9') return std::nullopt;
    width = width * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return width;
}

// Calls visit(i) with the index in the file of each element in C order.
template <class Visitor>
void for_each_in_c_order(const NpyHeader& header, std::uint64_t count, Visitor&& visit) {
  if (!header.fortran_order || header.shape.size() < 2) {
    for (std::uint64_t i = 0; i < count; ++i) visit(i);
    return;
  }
  const auto& shape = header.shape;
  std::vector<std::uint64_t> strides(shape.size(), 1);
  for (std::size_t d = 1; d < shape.size(); ++d) strides[d] = strides[d - 1] * shape[d - 1];
  std::vector<std::uint64_t> index(shape.size(), 0);
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    visit(at);
    for (std::size_t d = shape.size(); d-- > 0;) {
      at += strides[d];
      if (++index[d] < shape[d]) break;
      at -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
}

// The data of `count` elements of `item_size` bytes behind the header.
std::span<const std::byte> data_of(std::span<const std::byte> bytes, const NpyHeader& header,
                                   std::uint64_t count, std::uint64_t item_size,
                                   std::string_view name) {
  const auto data = bytes.subspan(header.size);
  const auto needed = checked_multiply(count, item_size);
  if (!needed || *needed != data.size()) {
    invalid(name, fmt::format("has {} bytes of data where its header asks for {}", data.size(),
                              needed ? std::to_string(*needed) : "more than can be"));
  }
  return data;
}

std::string text_from_utf32(const std::byte* from, std::uint64_t width, std::string_view name) {
  std::u32string text(width, U'\0');
  std::memcpy(text.data(), from, width * sizeof(char32_t));
  text.erase(text.find_last_not_of(U'\0') + 1);
  auto utf8 = utf8_from_utf32(text);
  if (!utf8) invalid(name, "holds a text that is not Unicode");
  return std::move(*utf8);
}

std::string text_from_bytes(const std::byte* from, std::uint64_t width, std::string_view name) {
  std::string text(reinterpret_cast<const char*>(from), width);
  text.erase(text.find_last_not_of('\0') + 1);
  if (!is_utf8(text)) invalid(name, "holds bytes that are not UTF-8 text");
  return text;
}

template <class T>
NpyArray make_numeric(Type type, std::span<const T> values, std::vector<std::uint64_t> shape) {
  if (checked_product(shape) != values.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} values do not fill the shape given", values.size()));
  }
  NpyArray array;
  array.type = type;
  array.shape = std::move(shape);
  const auto bytes = std::as_bytes(values);
  array.data.assign(bytes.begin(), bytes.end());
  return array;
}

}  // namespace

std::uint64_t NpyArray::element_count() const { return checked_product(shape).value_or(0); }

NpyArray make_array(std::span<const float> values, std::vector<std::uint64_t> shape) {
  return make_numeric(Type::kFloat32, values, std::move(shape));
}

NpyArray make_array(std::span<const double> values, std::vector<std::uint64_t> shape) {
  return make_numeric(Type::kFloat64, values, std::move(shape));
}

NpyArray make_array(std::span<const std::int64_t> values, std::vector<std::uint64_t> shape) {
  return make_numeric(Type::kInt64, values, std::move(shape));
}

NpyArray make_array(std::vector<std::string> strings) {
  NpyArray array;
  array.type = Type::kUnicode;
  array.shape = {strings.size()};
  array.strings = std::move(strings);
  return array;
}

NpyArray make_scalar(std::string text) {
  NpyArray array;
  array.type = Type::kUnicode;
  array.strings.push_back(std::move(text));
  return array;
}

NpyArray parse_npy(std::span<const std::byte> bytes, std::string_view name) {
  const NpyHeader header = parse_npy_header(bytes, name);
  const auto count = checked_product(header.shape);
  if (!count) invalid(name, "its shape overflows");
  NpyArray array;
  array.shape = header.shape;

  const auto unicode_width = text_width(header.descr, "<U");
  const auto bytes_width = text_width(header.descr, "|S");
  if (unicode_width || bytes_width) {
    const std::uint64_t width = unicode_width ? *unicode_width : *bytes_width;
    // Texts without any width cost nothing in the file, so nothing would bound their number.
    if (width == 0 && *count > 1) invalid(name, "holds many texts of no width");
    const std::uint64_t item_size = unicode_width ? width * sizeof(char32_t) : width;
    const auto data = data_of(bytes, header, *count, item_size, name);
    array.type = Type::kUnicode;
    array.strings.reserve(*count);
    for_each_in_c_order(header, *count, [&](std::uint64_t i) {
      const std::byte* const from = data.data() + i * item_size;
      array.strings.push_back(unicode_width ? text_from_utf32(from, width, name)
                                            : text_from_bytes(from, width, name));
    });
    return array;
  }

  const auto source = find_source(header.descr);
  if (!source) refuse_type(header.descr, name);
  const auto data = data_of(bytes, header, *count, source->item_size, name);
  array.type = source->type;
  const std::size_t size = element_size(array.type);
  const bool transposed = header.fortran_order && header.shape.size() > 1;
  if (source->widen == nullptr && !transposed) {
    array.data.assign(data.begin(), data.end());
    return array;
  }
  array.data.resize(*count * size);
  std::byte* to = array.data.data();
  for_each_in_c_order(header, *count, [&](std::uint64_t i) {
    const std::byte* const from = data.data() + i * source->item_size;
    if (source->widen != nullptr) {
      source->widen(from, to);
    } else {
      std::memcpy(to, from, size);
    }
    to += size;
  });
  return array;
}

std::size_t element_size(NpyArray::Type type) {
  switch (type) {
    case Type::kFloat64:
    case Type::kInt64:
      return 8;
    case Type::kFloat32:
    case Type::kInt32:
      return 4;
    case Type::kUint8:
    case Type::kBool:
      return 1;
    case Type::kUnicode:
      break;  // as wide as the widest text
  }
  return 0;
}

std::optional<NpyArray::Type> plain_type(std::string_view descr) {
  const auto source = find_source(descr);
  if (!source || source->widen != nullptr) return std::nullopt;
  return source->type;
}

std::string npy_stream_header(const NpyStream& stream, std::uint64_t& data_size) {
  const auto count = checked_product(stream.shape);
  const auto size = count ? checked_multiply(*count, element_size(stream.type)) : std::nullopt;
  if (!size || stream.type == Type::kUnicode) {
    throw Error(ErrorCode::kInvalidArgument, "an array of this type and shape cannot be streamed");
  }
  data_size = *size;
  return format_npy_header(descr_of(stream.type), stream.shape);
}

NpyParts npy_parts(const NpyArray& array) {
  const auto count = checked_product(array.shape);
  NpyParts parts;
  if (array.type != Type::kUnicode) {
    if (!count || array.data.size() != checked_multiply(*count, element_size(array.type))) {
      throw Error(ErrorCode::kInvalidArgument, "an array's data do not fill its shape");
    }
    parts.header = format_npy_header(descr_of(array.type), array.shape);
    parts.data = array.data;
    return parts;
  }
  if (count != array.strings.size()) {
    throw Error(ErrorCode::kInvalidArgument, "an array's texts do not fill its shape");
  }
  std::vector<std::u32string> texts;
  texts.reserve(array.strings.size());
  std::size_t width = 1;  // NumPy's least
  for (const std::string& string : array.strings) {
    auto text = utf32_from_utf8(string);
    if (!text) throw Error(ErrorCode::kInvalidArgument, "a text for an array is not UTF-8");
    if (text->ends_with(U'\0')) {
      throw Error(ErrorCode::kInvalidArgument, "a text for an array ends in a zero character");
    }
    width = std::max(width, text->size());
    texts.push_back(std::move(*text));
  }
  parts.header = format_npy_header(fmt::format("<U{}", width), array.shape);
  parts.owned.resize(texts.size() * width * sizeof(char32_t));
  std::byte* to = parts.owned.data();
  for (const std::u32string& text : texts) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size() * sizeof(char32_t));
    to += width * sizeof(char32_t);
  }
  parts.data = parts.owned;
  return parts;
}

std::vector<std::byte> serialize_npy(const NpyArray& array) {
  const NpyParts parts = npy_parts(array);
  const auto header = std::as_bytes(std::span(parts.header));
  std::vector<std::byte> bytes(header.begin(), header.end());
  bytes.insert(bytes.end(), parts.data.begin(), parts.data.end());
  return bytes;
}

NpyArray read_npy(const std::filesystem::path& path) {
  const MappedFile file(path);
  return parse_npy(file.bytes(), path.string());
}

void write_npy(const std::filesystem::path& path, const NpyArray& array) {
  const NpyParts parts = npy_parts(array);
  AtomicFile file(path);
  file.write(parts.header);
  file.write(parts.data);
  file.commit();
}

}  // namespace undertone::tensor

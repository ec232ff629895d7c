#include "tensor/npy_header.hpp"

#include <charconv>
#include <cstring>
#include <fmt/core.h>
#include <optional>
#include <utility>

#include <undertone/error.hpp>

#include "tensor/printable.hpp"

namespace undertone::tensor {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMagic = "\x93NUMPY"sv;
constexpr std::size_t kMaxDimensions = 64;

[[noreturn]] void invalid(std::string_view name, const std::string& what) {
  throw Error(ErrorCode::kDataInvalid, fmt::format("{}: {}", name, what));
}

// The little of Python's literals that a header is made of.
class Literals {
 public:
  Literals(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  // Skips blanks; true if `wanted` stands next, which is then behind.
  bool accept(std::string_view wanted) {
    skip_blanks();
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(wanted.size());
    return true;
  }

  void expect(std::string_view wanted) {
    if (!accept(wanted)) fail();
  }

  // In single or double quotes, without escapes.
  std::string_view string() {
    skip_blanks();
    if (text_.empty() || (text_[0] != '\'' && text_[0] != '"')) fail();
    const auto end = text_.find(text_[0], 1);
    if (end == std::string_view::npos) fail();
    const std::string_view content = text_.substr(1, end - 1);
    if (content.find('\\') != std::string_view::npos) fail();
    text_.remove_prefix(end + 1);
    return content;
  }

  bool boolean() {
    if (accept("True")) return true;
    expect("False");
    return false;
  }

  std::uint64_t integer() {
    skip_blanks();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc()) fail();
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }

  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> values;
    expect("(");
    while (!accept(")")) {
      values.push_back(integer());
      if (values.size() > kMaxDimensions) {
        invalid(name_, fmt::format("has more than {} dimensions", kMaxDimensions));
      }
      if (accept(",")) continue;
      if (values.size() == 1) fail();  // (3) is a number in Python
      expect(")");
      break;
    }
    return values;
  }

  void expect_end() {
    skip_blanks();
    if (!text_.empty()) fail();
  }

  [[noreturn]] void fail() const {
    invalid(name_,
            fmt::format("the .npy header is malformed at '{}'", printable(text_.substr(0, 40))));
  }

 private:
  void skip_blanks() {
    const auto begin = text_.find_first_not_of(" \n\t");
    text_.remove_prefix(begin == std::string_view::npos ? text_.size() : begin);
  }

  std::string_view text_;
  std::string_view name_;
};

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view name) {
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (file.size() < kMagic.size() + 2 || !file.starts_with(kMagic)) {
    invalid(name, "not a .npy array");
  }
  const int major = static_cast<unsigned char>(file[kMagic.size()]);
  const int minor = static_cast<unsigned char>(file[kMagic.size() + 1]);
  if (major < 1 || major > 3 || minor != 0) {
    invalid(name, fmt::format(".npy version {}.{} is unknown", major, minor));
  }
  const std::size_t length_size = major == 1 ? 2 : 4;
  const std::size_t begin = kMagic.size() + 2 + length_size;
  std::uint32_t length = 0;
  if (file.size() < begin) invalid(name, "the .npy header breaks off");
  std::memcpy(&length, file.data() + kMagic.size() + 2, length_size);
  if (length > kMaxNpyHeader) {
    invalid(name, fmt::format("the .npy header claims {} bytes; at most {} are read", length,
                              kMaxNpyHeader));
  }
  if (length > file.size() - begin) invalid(name, "the .npy header breaks off");

  Literals literals(file.substr(begin, length), name);
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::uint64_t>> shape;
  literals.expect("{");
  while (!literals.accept("}")) {
    const std::string_view key = literals.string();
    literals.expect(":");
    if (key == "descr" && !descr) {
      if (literals.accept("[")) {
        invalid(name, "holds a structured array (records), which is not supported");
      }
      descr = literals.string();
    } else if (key == "fortran_order" && !fortran_order) {
      fortran_order = literals.boolean();
    } else if (key == "shape" && !shape) {
      shape = literals.tuple();
    } else {
      invalid(name, fmt::format("the .npy header has an unexpected or repeated key '{}'",
                                printable(key)));
    }
    if (literals.accept(",")) continue;
    literals.expect("}");
    break;
  }
  literals.expect_end();
  if (!descr || !fortran_order || !shape) {
    invalid(name, "the .npy header lacks descr, fortran_order or shape");
  }
  return {std::move(*descr), *fortran_order, std::move(*shape), begin + length};
}

std::string format_npy_header(std::string_view descr, std::span<const std::uint64_t> shape) {
  constexpr std::size_t kAlign = 64;
  std::string dictionary =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (", descr);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    dictionary += fmt::format("{}{}", i == 0 ? "" : " ", shape[i]);
    if (i + 1 < shape.size() || shape.size() == 1) dictionary += ',';
  }
  dictionary += "), }";
  // Room for the first extent to grow to 21 digits in place, as NumPy has left since 1.23.
  constexpr std::size_t kGrowthDigits = 21;
  if (!shape.empty()) dictionary.append(kGrowthDigits - std::to_string(shape[0]).size(), ' ');
  std::string header(kMagic);
  header += "\x01\0"sv;
  const std::size_t unpadded = header.size() + 2 + dictionary.size() + 1;
  dictionary.append((kAlign - unpadded % kAlign) % kAlign, ' ');
  dictionary += '\n';
  header += static_cast<char>(dictionary.size() & 0xff);
  header += static_cast<char>(dictionary.size() >> 8);
  return header + dictionary;
}

}  // namespace undertone::tensor

#include "tensor/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <utility>

#include <undertone/error.hpp>

#include "tensor/checked_size.hpp"
#include "tensor/printable.hpp"

namespace undertone::tensor {
namespace {

constexpr std::string_view kMetadataKey = "__metadata__";

// One tensor as the header claims it to be.
struct Claim {
  std::string name;
  std::optional<std::string> dtype;
  std::optional<std::vector<std::uint64_t>> shape;
  std::optional<std::vector<std::uint64_t>> offsets;
};

// Receives the JSON as a stream of events (nlohmann's SAX interface), so that duplicate keys are
// seen, nesting is bounded by the states below, and no tree is built from a hostile header. Each
// handler returns false to stop; the reason is then in error().
class HeaderReader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return refuse("null"); }
  bool boolean(bool) { return refuse("a boolean"); }
  bool number_integer(number_integer_t value) {
    return refuse(fmt::format("the negative number {}", value));
  }
  bool number_float(number_float_t, const string_t& text) {
    return refuse(fmt::format("the number {}", text));
  }
  bool binary(binary_t&) { return refuse("binary data"); }

  bool number_unsigned(number_unsigned_t value) {
    if (state_ != State::kList) return refuse(fmt::format("the number {}", value));
    if (list_->size() == kMaxRank) {
      return stop(fmt::format("tensor '{}' has more than {} values in '{}'",
                              printable(claims_.back().name), kMaxRank, printable(field_)));
    }
    list_->push_back(value);
    return true;
  }

  bool string(string_t& value) {
    if (state_ == State::kMetadata) {
      if (!metadata_.try_emplace(field_, std::move(value)).second) {
        return stop(
            fmt::format("the key '{}' occurs twice in {}", printable(field_), kMetadataKey));
      }
      return true;
    }
    if (state_ == State::kTensor && field_ == "dtype") {
      if (claims_.back().dtype) return stop_duplicate();
      claims_.back().dtype = std::move(value);
      return true;
    }
    return refuse("a string");
  }

  bool start_object(std::size_t) {
    switch (state_) {
      case State::kBegin:
        state_ = State::kTop;
        return true;
      case State::kTop:
        if (field_ == kMetadataKey) {
          if (std::exchange(has_metadata_, true)) {
            return stop(fmt::format("{} occurs twice", kMetadataKey));
          }
          state_ = State::kMetadata;
        } else {
          claims_.emplace_back().name = field_;
          state_ = State::kTensor;
        }
        return true;
      default:
        return refuse("an object");
    }
  }

  bool key(string_t& value) {
    field_ = std::move(value);
    return true;
  }

  bool end_object() {
    state_ = state_ == State::kTop ? State::kEnd : State::kTop;
    return true;
  }

  bool start_array(std::size_t) {
    if (state_ != State::kTensor || (field_ != "shape" && field_ != "data_offsets")) {
      return refuse("an array");
    }
    auto& list = field_ == "shape" ? claims_.back().shape : claims_.back().offsets;
    if (list) return stop_duplicate();
    list_ = &list.emplace();
    state_ = State::kList;
    return true;
  }

  bool end_array() {
    state_ = State::kTensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    return stop(fmt::format("the header is not JSON (byte {})", position));
  }

  const std::string& error() const { return error_; }
  std::vector<Claim>& claims() { return claims_; }
  std::map<std::string, std::string>& metadata() { return metadata_; }

 private:
  enum class State { kBegin, kTop, kMetadata, kTensor, kList, kEnd };

  bool stop(std::string reason) {
    error_ = std::move(reason);
    return false;
  }

  bool stop_duplicate() {
    return stop(fmt::format("tensor '{}' has '{}' twice", printable(claims_.back().name),
                            printable(field_)));
  }

  // A value of a kind that does not belong where it stands.
  bool refuse(std::string_view found) {
    switch (state_) {
      case State::kBegin:
      case State::kEnd:
        return stop(fmt::format("the header is {}, not an object", found));
      case State::kTop:
        return stop(
            fmt::format("the header gives '{}' as {}, not as an object", printable(field_), found));
      case State::kMetadata:
        return stop(fmt::format("{} gives '{}' as {}, not as a string", kMetadataKey,
                                printable(field_), found));
      case State::kTensor:
      case State::kList:
        break;
    }
    return stop(fmt::format("tensor '{}' has {} in '{}'", printable(claims_.back().name), found,
                            printable(field_)));
  }

  State state_ = State::kBegin;
  std::string field_;
  std::vector<std::uint64_t>* list_ = nullptr;
  bool has_metadata_ = false;
  std::vector<Claim> claims_;
  std::map<std::string, std::string> metadata_;
  std::string error_;
};

class Checker {
 public:
  explicit Checker(std::string_view name) : name_(name) {}

  [[noreturn]] void corrupt(const std::string& what) const {
    throw Error(ErrorCode::kModelCorrupt, fmt::format("{}: {}", name_, what),
                "The file is damaged or was not downloaded completely: fetch it again.");
  }

  DType dtype(const Claim& claim) const {
    constexpr std::array kAll = {DType::kF64, DType::kF32, DType::kF16, DType::kBF16, DType::kI64,
                                 DType::kI32, DType::kI16, DType::kI8,  DType::kU8,   DType::kBool};
    for (const DType dtype : kAll) {
      if (to_string(dtype) == *claim.dtype) return dtype;
    }
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: tensor '{}' has dtype {}, which is not supported", name_,
                            printable(claim.name), printable(*claim.dtype)),
                "Supported are F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL: convert the "
                "checkpoint.");
  }

  TensorInfo info(Claim& claim) const {
    if (!claim.dtype) corrupt(fmt::format("tensor '{}' has no dtype", printable(claim.name)));
    if (!claim.shape) corrupt(fmt::format("tensor '{}' has no shape", printable(claim.name)));
    if (!claim.offsets || claim.offsets->size() != 2) {
      corrupt(fmt::format("tensor '{}' has no pair of data_offsets", printable(claim.name)));
    }
    TensorInfo info;
    info.dtype = dtype(claim);
    info.name = std::move(claim.name);
    info.shape = std::move(*claim.shape);
    return info;
  }

  void size(const TensorInfo& info, std::uint64_t begin, std::uint64_t end) const {
    if (begin > end) {
      corrupt(fmt::format("tensor '{}' ends at {} before it begins at {}", printable(info.name),
                          end, begin));
    }
    auto size = checked_product(info.shape);
    if (size) size = checked_multiply(*size, size_of(info.dtype));
    if (!size) corrupt(fmt::format("the shape of tensor '{}' overflows", printable(info.name)));
    if (*size != end - begin) {
      corrupt(fmt::format("tensor '{}' needs {} bytes by its shape but has {}",
                          printable(info.name), *size, end - begin));
    }
  }

 private:
  std::string_view name_;
};

// The indices that sort `values` by `less`.
template <class Values, class Less>
std::vector<std::size_t> order_of(const Values& values, Less less) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return less(values[a], values[b]); });
  return order;
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file, std::string_view name) {
  const Checker check(name);
  std::uint64_t length = 0;
  if (file.size() < sizeof(length)) {
    check.corrupt(fmt::format("{} bytes are too few for a safetensors file", file.size()));
  }
  std::memcpy(&length, file.data(), sizeof(length));
  if (length > kMaxSafetensorsHeader) {
    check.corrupt(fmt::format("the header claims {} bytes; at most {} are allowed", length,
                              kMaxSafetensorsHeader));
  }
  if (length > file.size() - sizeof(length)) {
    check.corrupt(
        fmt::format("the header claims {} bytes but the file has only {}", length, file.size()));
  }
  const char* const text = reinterpret_cast<const char*>(file.data()) + sizeof(length);
  if (length == 0 || *text != '{') check.corrupt("the header does not begin with '{'");
  HeaderReader reader;
  if (!nlohmann::json::sax_parse(text, text + length, &reader)) check.corrupt(reader.error());

  const std::uint64_t data_begin = sizeof(length) + length;
  const std::uint64_t data_size = file.size() - data_begin;
  auto& claims = reader.claims();

  // Laid end to end the tensors must cover the data exactly.
  const auto by_offset = order_of(claims, [](const Claim& a, const Claim& b) {
    return a.offsets < b.offsets;  // a claim without offsets is refused below
  });
  SafetensorsHeader header;
  header.metadata = std::move(reader.metadata());
  std::uint64_t expected = 0;
  std::vector<TensorInfo> infos;
  std::vector<SafetensorsHeader::Extent> extents;
  infos.reserve(claims.size());
  extents.reserve(claims.size());
  for (const std::size_t i : by_offset) {
    TensorInfo info = check.info(claims[i]);
    const std::uint64_t begin = (*claims[i].offsets)[0];
    const std::uint64_t end = (*claims[i].offsets)[1];
    check.size(info, begin, end);
    if (begin != expected) {
      check.corrupt(fmt::format("tensor '{}' begins at {}, which {} (expected {})",
                                printable(info.name), begin,
                                begin < expected ? "overlaps another" : "leaves a hole", expected));
    }
    if (end > data_size) {
      check.corrupt(fmt::format("tensor '{}' ends at byte {} of the data, of which there are {}",
                                printable(info.name), end, data_size));
    }
    expected = end;
    infos.push_back(std::move(info));
    extents.push_back({data_begin + begin, end - begin});
  }
  if (expected != data_size) {
    check.corrupt(fmt::format("{} bytes of data belong to no tensor", data_size - expected));
  }

  const auto by_name =
      order_of(infos, [](const TensorInfo& a, const TensorInfo& b) { return a.name < b.name; });
  header.tensors.reserve(infos.size());
  header.extents.reserve(infos.size());
  for (const std::size_t i : by_name) {
    if (!header.tensors.empty() && header.tensors.back().name == infos[i].name) {
      check.corrupt(fmt::format("tensor '{}' occurs twice", printable(infos[i].name)));
    }
    header.tensors.push_back(std::move(infos[i]));
    header.extents.push_back(extents[i]);
  }
  return header;
}

}  // namespace undertone::tensor

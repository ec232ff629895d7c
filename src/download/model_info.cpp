#include "download/model_info.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include <undertone/error.hpp>

#include "download/repository_id.hpp"

namespace undertone::download {
namespace {

using nlohmann::json;

constexpr std::size_t kMostFiles = 100000;
constexpr std::size_t kMostLicences = 8;
constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kMostShards = 1000;

// Follows the path of keys to each text of a JSON document ("siblings", "rfilename"), arrays being
// transparent, and keeps nothing else.
class TextReader {
 public:
  using number_integer_t = json::number_integer_t;
  using number_unsigned_t = json::number_unsigned_t;
  using number_float_t = json::number_float_t;
  using string_t = json::string_t;
  using binary_t = json::binary_t;

  virtual ~TextReader() = default;

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(number_integer_t) { return true; }
  bool number_unsigned(number_unsigned_t) { return true; }
  bool number_float(number_float_t, const string_t&) { return true; }
  bool binary(binary_t&) { return true; }
  bool string(string_t& value) { return text(value); }
  bool key(string_t& value) {
    if (path_.size() <= kDeepestOfInterest) path_.back() = value.substr(0, kLongestText);
    return true;
  }
  bool start_object(std::size_t) { return deeper(true); }
  bool start_array(std::size_t) { return deeper(false); }
  bool end_object() { return shallower(); }
  bool end_array() { return shallower(); }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) {
    return stop(fmt::format("is not JSON (byte {})", position));
  }

  const std::string& error() const { return error_; }

 protected:
  virtual bool text(std::string& value) = 0;

  // The keys that lead to the current value.
  bool at(std::initializer_list<std::string_view> keys) const {
    return std::equal(path_.begin(), path_.end(), keys.begin(), keys.end());
  }
  bool below(std::string_view key) const { return path_.size() == 2 && path_.front() == key; }

  bool stop(std::string reason) {
    error_ = std::move(reason);
    return false;
  }

 private:
  static constexpr std::size_t kDeepestOfInterest = 4;
  static constexpr std::size_t kDeepest = 64;

  bool deeper(bool object) {
    if (open_.size() >= kDeepest) return stop(fmt::format("is nested deeper than {}", kDeepest));
    open_.push_back(object);
    if (object) path_.emplace_back();
    return true;
  }
  bool shallower() {
    if (open_.back()) path_.pop_back();
    open_.pop_back();
    return true;
  }

  std::vector<bool> open_;
  std::vector<std::string> path_;
  std::string error_;
};

class ModelInfoReader final : public TextReader {
 public:
  ModelInfo info;

 protected:
  bool text(std::string& value) override {
    if (value.size() > kLongestText) return true;
    if (at({"sha"})) {
      info.commit = std::move(value);
    } else if (at({"siblings", "rfilename"})) {
      if (info.files.size() == kMostFiles) {
        return stop(fmt::format("names more than {} files", kMostFiles));
      }
      info.files.push_back(std::move(value));
    } else if (at({"cardData", "license"}) && info.licences.size() < kMostLicences) {
      info.licences.push_back(std::move(value));
    }
    return true;
  }
};

// Fit for a message.
std::string printable(std::string_view name) {
  constexpr std::size_t kLongest = 200;
  std::string text(name.substr(0, kLongest));
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

bool is_plain_file_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '/' && c != '\\';
         });
}

class ShardNameReader final : public TextReader {
 public:
  std::set<std::string> names;

 protected:
  bool text(std::string& value) override {
    if (!below("weight_map")) return true;
    if (!is_plain_file_name(value)) {
      return stop(fmt::format("names '{}' as a file of weights, which is no plain file name",
                              printable(value)));
    }
    names.insert(std::move(value));
    if (names.size() > kMostShards)
      return stop(fmt::format("names more than {} files", kMostShards));
    return true;
  }
};

}  // namespace

ModelInfo parse_model_info(std::string_view text) {
  const auto failed = [](const std::string& what) {
    return Error(ErrorCode::kDownloadFailed, "the hub's description of the model " + what,
                 "Check HF_ENDPOINT if it is set: it must name a Hugging Face hub or its mirror.");
  };
  if (text.size() > kMostApiBytes) throw failed(fmt::format("is over {} bytes", kMostApiBytes));
  ModelInfoReader reader;
  if (!json::sax_parse(text.begin(), text.end(), &reader)) throw failed(reader.error());
  if (!is_commit(reader.info.commit)) throw failed("names no commit ('sha')");
  return std::move(reader.info);
}

std::set<std::string> parse_shard_names(std::string_view text, const std::string& source) {
  const auto corrupt = [&](const std::string& what) {
    return Error(ErrorCode::kModelCorrupt, fmt::format("{}: {}", source, what));
  };
  if (text.size() > kMostIndexBytes)
    throw corrupt(fmt::format("is over {} bytes", kMostIndexBytes));
  ShardNameReader reader;
  if (!json::sax_parse(text.begin(), text.end(), &reader)) throw corrupt(reader.error());
  if (reader.names.empty()) throw corrupt("names no files of weights");
  return std::move(reader.names);
}

}  // namespace undertone::download

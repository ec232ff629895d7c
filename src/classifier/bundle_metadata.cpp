#include "classifier/bundle_metadata.hpp"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include <undertone/error.hpp>
#include <undertone/version.hpp>

#include "classifier/plain_text.hpp"

namespace undertone::classifier {

namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "undertone-bundle";
constexpr std::string_view kFormatVersion = "1";
constexpr int kFormatMajor = 1;
constexpr std::size_t kMaxTextBytes = 4096;
constexpr std::size_t kMaxEntries = 1000;           // of a list or table
constexpr std::size_t kMaxJsonBytes = 1024 * 1024;  // of one metadata value
constexpr int kMaxDepth = 4;
constexpr int kMaxLayer = 1000;
constexpr std::size_t kMaxDimension = 1'000'000;

[[noreturn]] void corrupt(const std::string& message) {
  throw Error(ErrorCode::kModelCorrupt, message, "Train or download the bundle again.");
}

// A JSON value and where it stands, read with its type and limits checked.
class Field {
 public:
  Field(json value, std::string name) : value_(std::move(value)), name_(std::move(name)) {}

  bool is_null() const { return value_.is_null(); }
  bool is_text() const { return value_.is_string(); }
  bool is_whole() const { return value_.is_number_unsigned(); }

  std::string text() const {
    if (!value_.is_string()) fail("a text");
    auto text = value_.get<std::string>();
    if (text.size() > kMaxTextBytes || !is_plain_text(text)) {
      fail(fmt::format("a text of at most {} bytes without control characters", kMaxTextBytes));
    }
    return text;
  }

  double number() const {
    if (!value_.is_number()) fail("a number");
    return value_.get<double>();
  }

  std::uint64_t whole(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const {
    if (!value_.is_number_unsigned() || value_.get<std::uint64_t>() > most) {
      fail(fmt::format("a whole number up to {}", most));
    }
    return value_.get<std::uint64_t>();
  }

  // Field(name) of an object.
  Field operator[](const std::string& key) const {
    if (!value_.is_object()) fail("a table");
    const auto found = value_.find(key);
    if (found == value_.end()) corrupt(fmt::format("\"{}\" lacks \"{}\"", name_, key));
    return {*found, name_ + "." + key};
  }

  std::vector<Field> list() const {
    if (!value_.is_array() || value_.size() > kMaxEntries) {
      fail(fmt::format("a list of at most {} entries", kMaxEntries));
    }
    std::vector<Field> fields;
    for (const json& entry : value_) fields.emplace_back(entry, name_);
    return fields;
  }

  std::map<std::string, double> numbers_by_name() const {
    if (!value_.is_object() || value_.size() > kMaxEntries) {
      fail(fmt::format("a table of at most {} entries", kMaxEntries));
    }
    std::map<std::string, double> numbers;
    for (const auto& [key, value] : value_.items()) {
      numbers[Field(key, name_).text()] = Field(value, name_).number();
    }
    return numbers;
  }

  [[noreturn]] void fail(const std::string& expected) const {
    corrupt(fmt::format("\"{}\" in the metadata is not {}", name_, expected));
  }

 private:
  json value_;
  std::string name_;
};

class Reader {
 public:
  explicit Reader(const std::map<std::string, std::string>& strings) : strings_(strings) {}

  const std::string& raw(const std::string& key) const {
    const auto found = strings_.find(key);
    if (found == strings_.end()) corrupt(fmt::format("the metadata lack \"{}\"", key));
    return found->second;
  }

  std::string text(const std::string& key) const { return Field(raw(key), key).text(); }

  std::string needed_text(const std::string& key) const {
    std::string found = text(key);
    if (found.empty()) corrupt(fmt::format("\"{}\" in the metadata is empty", key));
    return found;
  }

  Field parsed(const std::string& key) const {
    const std::string& text = raw(key);
    if (text.size() > kMaxJsonBytes) {
      corrupt(fmt::format("\"{}\" in the metadata has {} bytes; at most {} are allowed", key,
                          text.size(), kMaxJsonBytes));
    }
    // Nothing of ours is nested deeper than this; deeper values are dropped, because copying them
    // would recurse as deep as the file says.
    const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= kMaxDepth; };
    json value = json::parse(text, shallow, false);
    if (value.is_discarded()) corrupt(fmt::format("\"{}\" in the metadata is not JSON", key));
    return {std::move(value), key};
  }

 private:
  const std::map<std::string, std::string>& strings_;
};

void require_format(const std::map<std::string, std::string>& strings) {
  const auto format = strings.find("format");
  if (format == strings.end() || format->second != kFormat) {
    throw Error(ErrorCode::kModelUnsupported,
                "this safetensors file is not an Undertone classifier bundle",
                "Give a bundle that `undertone train` has made; encoders are loaded by other "
                "options.");
  }
  const Reader reader(strings);
  const std::string version = reader.text("format_version");
  int major = 0;
  const auto [end, problem] =
      std::from_chars(version.data(), version.data() + version.size(), major);
  const bool whole = end == version.data() + version.size() || *end == '.';
  if (problem != std::errc() || !whole || major < 1) {
    corrupt(fmt::format("\"format_version\" is \"{}\"", version));
  }
  if (major > kFormatMajor) {
    throw Error(
        ErrorCode::kModelUnsupported,
        fmt::format("this bundle has format version {}; Undertone {} reads up to version {}",
                    version, undertone::version(), kFormatVersion),
        "Update Undertone.");
  }
}

json to_json(const PcaSize& size) {
  return std::visit([](auto value) { return json(value); }, size);
}

json to_json(const Gamma& gamma) {
  if (const auto* rule = std::get_if<GammaRule>(&gamma)) return to_string(*rule);
  return std::get<double>(gamma);
}

json to_json(const EmotionClassifierOptions& options) {
  return {{"pca", options.pca ? to_json(*options.pca) : json(nullptr)},
          {"C", options.svm.c},
          {"gamma", to_json(options.svm.gamma)},
          {"class_weight", to_string(options.svm.class_weight)},
          {"multiclass", to_string(options.svm.multiclass)},
          {"calibration_folds", options.svm.calibration_folds},
          {"seed", options.svm.seed},
          {"tolerance", options.svm.tolerance}};
}

template <class Enum>
Enum choice(const Field& field, std::initializer_list<Enum> values) {
  const std::string text = field.text();
  for (const Enum value : values) {
    if (text == to_string(value)) return value;
  }
  field.fail("a value that this version knows");
}

EmotionClassifierOptions to_options(const Field& field) {
  EmotionClassifierOptions options;
  const Field pca = field["pca"];
  options.pca.reset();
  if (pca.is_whole()) {
    options.pca = PcaSize{static_cast<std::size_t>(pca.whole(kMaxDimension))};
  } else if (!pca.is_null()) {
    const double fraction = pca.number();
    if (!(fraction > 0 && fraction < 1)) pca.fail("a number of components or a fraction");
    options.pca = PcaSize{fraction};
  }
  SvmOptions& svm = options.svm;
  svm.c = field["C"].number();
  const Field gamma = field["gamma"];
  if (gamma.is_text()) {
    svm.gamma = choice(gamma, {GammaRule::kScale, GammaRule::kAuto});
  } else {
    svm.gamma = gamma.number();
  }
  svm.class_weight = choice(field["class_weight"], {ClassWeight::kNone, ClassWeight::kBalanced});
  svm.multiclass = choice(field["multiclass"], {Multiclass::kOneVsOne, Multiclass::kOneVsRest});
  svm.calibration_folds = static_cast<std::size_t>(field["calibration_folds"].whole());
  svm.seed = field["seed"].whole();
  svm.tolerance = field["tolerance"].number();
  try {
    validate(svm);
  } catch (const Error& error) {
    corrupt(fmt::format("the training options in the metadata cannot be: {}", error.what()));
  }
  return options;
}

}  // namespace

std::map<std::string, std::string> to_strings(const BundleMetadata& metadata) {
  const Provenance& from = metadata.provenance;
  try {
    return {{"format", std::string(kFormat)},
            {"format_version", std::string(kFormatVersion)},
            {"labels", json(metadata.labels).dump()},
            {"encoder", from.encoder.name},
            {"encoder_fingerprint", from.encoder.fingerprint},
            {"layer", json(from.encoder.layer).dump()},
            {"pooling", from.encoder.pooling},
            {"dimension", json(from.encoder.dimension).dump()},
            {"precision", from.precision},
            {"resampler", from.resampler},
            {"corpora", json(from.corpora).dump()},
            {"split", from.split},
            {"scores", json(from.scores).dump()},
            {"licence", from.licence},
            {"created_by", from.created_by},
            {"options", to_json(metadata.training.options).dump()},
            {"class_counts", json(metadata.training.class_counts).dump()}};
  } catch (const json::exception&) {  // JSON is UTF-8
    throw Error(ErrorCode::kInvalidArgument, "a text for the bundle is not valid UTF-8");
  }
}

BundleMetadata from_strings(const std::map<std::string, std::string>& strings) {
  require_format(strings);
  const Reader reader(strings);
  BundleMetadata metadata;
  for (const Field& label : reader.parsed("labels").list()) metadata.labels.push_back(label.text());

  Provenance& to = metadata.provenance;
  to.encoder.name = reader.needed_text("encoder");
  to.encoder.fingerprint = reader.needed_text("encoder_fingerprint");
  to.encoder.layer = static_cast<int>(reader.parsed("layer").whole(kMaxLayer));
  to.encoder.pooling = reader.needed_text("pooling");
  to.encoder.dimension = static_cast<std::size_t>(reader.parsed("dimension").whole(kMaxDimension));
  to.precision = reader.text("precision");
  to.resampler = reader.text("resampler");
  for (const Field& corpus : reader.parsed("corpora").list()) to.corpora.push_back(corpus.text());
  to.split = reader.text("split");
  to.scores = reader.parsed("scores").numbers_by_name();
  to.licence = reader.text("licence");
  to.created_by = reader.text("created_by");

  metadata.training.options = to_options(reader.parsed("options"));
  for (const Field& count : reader.parsed("class_counts").list()) {
    metadata.training.class_counts.push_back(count.whole());
  }
  return metadata;
}

}  // namespace undertone::classifier

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
constexpr std::string_view kSvmVersion = "1";  // as ever, so that older programs read it
constexpr std::string_view kFormatVersion = "2";
constexpr std::string_view kCrossFitted = "cross-fitted";
constexpr int kFormatMajor = 2;
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

  bool has(const std::string& key) const { return strings_.contains(key); }

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

// Returns the major version.
int require_format(const std::map<std::string, std::string>& strings) {
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
  return major;
}

json to_json(const PcaSize& size) {
  return std::visit([](auto value) { return json(value); }, size);
}

json to_json(const Gamma& gamma) {
  if (const auto* rule = std::get_if<GammaRule>(&gamma)) return to_string(*rule);
  return std::get<double>(gamma);
}

json to_json(const SvmOptions& svm) {
  return {{"C", svm.c},
          {"gamma", to_json(svm.gamma)},
          {"class_weight", to_string(svm.class_weight)},
          {"multiclass", to_string(svm.multiclass)},
          {"calibration_folds", svm.calibration_folds},
          {"seed", svm.seed},
          {"tolerance", svm.tolerance}};
}

json to_json(const LogisticOptions& logistic) {
  return {{"C", logistic.c},
          {"class_weight", to_string(logistic.class_weight)},
          {"tolerance", logistic.tolerance},
          {"max_iterations", logistic.max_iterations}};
}

json to_json(const ForestOptions& forest) {
  return {{"trees", forest.trees},
          {"max_depth", forest.max_depth ? json(*forest.max_depth) : json(nullptr)},
          {"min_samples_split", forest.min_samples_split},
          {"min_samples_leaf", forest.min_samples_leaf},
          {"class_weight", to_string(forest.class_weight)},
          {"seed", forest.seed}};
}

json to_json(const EmotionClassifierOptions& options) {
  const json pca = options.pca ? to_json(*options.pca) : json(nullptr);
  if (options.kind == ClassifierKind::kSvm) {
    json all = to_json(options.svm);
    all["pca"] = pca;
    return all;
  }
  json all = {{"pca", pca}, {"classifier", to_string(options.kind)}};
  if (options.kind == ClassifierKind::kEnsemble) {
    json members = json::array();
    for (const ClassifierKind member : options.voting.members) {
      members.push_back(to_string(member));
    }
    all["members"] = std::move(members);
    all["weights"] = options.voting.weights;
  }
  if (includes(options, ClassifierKind::kSvm)) all["svm"] = to_json(options.svm);
  if (includes(options, ClassifierKind::kLogistic)) all["logistic"] = to_json(options.logistic);
  if (includes(options, ClassifierKind::kForest)) all["forest"] = to_json(options.forest);
  return all;
}

json to_json(const CrossFitting& calibration) {
  return {{"method", kCrossFitted},
          {"encoder_fingerprints", calibration.encoder_fingerprints},
          {"clips", calibration.clips},
          {"speakers", calibration.speakers}};
}

// nullopt for methods of later versions, which are texts.
std::optional<CrossFitting> to_cross_fitting(const Field& field) {
  if (field["method"].text() != kCrossFitted) return std::nullopt;
  CrossFitting calibration;
  for (const Field& fingerprint : field["encoder_fingerprints"].list()) {
    calibration.encoder_fingerprints.push_back(fingerprint.text());
  }
  if (calibration.encoder_fingerprints.empty()) field.fail("cross-fitted on any encoder");
  calibration.clips = field["clips"].whole();
  calibration.speakers = field["speakers"].whole();
  return calibration;
}

template <class Enum>
Enum choice(const Field& field, std::initializer_list<Enum> values) {
  const std::string text = field.text();
  for (const Enum value : values) {
    if (text == to_string(value)) return value;
  }
  field.fail("a value that this version knows");
}

ClassWeight to_class_weight(const Field& field) {
  return choice(field, {ClassWeight::kNone, ClassWeight::kBalanced});
}

SvmOptions to_svm_options(const Field& field) {
  SvmOptions svm;
  svm.c = field["C"].number();
  const Field gamma = field["gamma"];
  if (gamma.is_text()) {
    svm.gamma = choice(gamma, {GammaRule::kScale, GammaRule::kAuto});
  } else {
    svm.gamma = gamma.number();
  }
  svm.class_weight = to_class_weight(field["class_weight"]);
  svm.multiclass = choice(field["multiclass"], {Multiclass::kOneVsOne, Multiclass::kOneVsRest});
  svm.calibration_folds = static_cast<std::size_t>(field["calibration_folds"].whole());
  svm.seed = field["seed"].whole();
  svm.tolerance = field["tolerance"].number();
  return svm;
}

LogisticOptions to_logistic_options(const Field& field) {
  LogisticOptions logistic;
  logistic.c = field["C"].number();
  logistic.class_weight = to_class_weight(field["class_weight"]);
  logistic.tolerance = field["tolerance"].number();
  logistic.max_iterations = static_cast<std::size_t>(field["max_iterations"].whole());
  return logistic;
}

ForestOptions to_forest_options(const Field& field) {
  ForestOptions forest;
  forest.trees = static_cast<std::size_t>(field["trees"].whole());
  if (const Field depth = field["max_depth"]; !depth.is_null()) {
    forest.max_depth = static_cast<std::size_t>(depth.whole());
  }
  forest.min_samples_split = static_cast<std::size_t>(field["min_samples_split"].whole());
  forest.min_samples_leaf = static_cast<std::size_t>(field["min_samples_leaf"].whole());
  forest.class_weight = to_class_weight(field["class_weight"]);
  forest.seed = field["seed"].whole();
  return forest;
}

std::optional<PcaSize> to_pca_size(const Field& field) {
  if (field.is_null()) return std::nullopt;
  if (field.is_whole()) return PcaSize{static_cast<std::size_t>(field.whole(kMaxDimension))};
  const double fraction = field.number();
  if (!(fraction > 0 && fraction < 1)) field.fail("a number of components or a fraction");
  return PcaSize{fraction};
}

ClassifierKind to_kind(const Field& field) {
  return choice(field, {ClassifierKind::kSvm, ClassifierKind::kLogistic, ClassifierKind::kForest,
                        ClassifierKind::kEnsemble});
}

// In version 1 there is nothing but the SVM, whose options stand beside "pca".
EmotionClassifierOptions to_options(const Field& field, int version) {
  EmotionClassifierOptions options;
  options.pca = to_pca_size(field["pca"]);
  if (version > 1) {
    options.kind = to_kind(field["classifier"]);
    if (options.kind == ClassifierKind::kEnsemble) {
      options.voting.members.clear();
      for (const Field& member : field["members"].list()) {
        options.voting.members.push_back(to_kind(member));
      }
      for (const Field& weight : field["weights"].list()) {
        options.voting.weights.push_back(weight.number());
      }
    }
    if (includes(options, ClassifierKind::kSvm)) options.svm = to_svm_options(field["svm"]);
    if (includes(options, ClassifierKind::kLogistic)) {
      options.logistic = to_logistic_options(field["logistic"]);
    }
    if (includes(options, ClassifierKind::kForest)) {
      options.forest = to_forest_options(field["forest"]);
    }
  } else {
    options.svm = to_svm_options(field);
  }
  try {
    validate(options);
  } catch (const Error& error) {
    corrupt(fmt::format("the training options in the metadata cannot be: {}", error.what()));
  }
  return options;
}

}  // namespace

std::map<std::string, std::string> to_strings(const BundleMetadata& metadata) {
  const Provenance& from = metadata.provenance;
  try {
    std::map<std::string, std::string> strings = {
        {"format", std::string(kFormat)},
        {"format_version",
         std::string(metadata.training.options.kind == ClassifierKind::kSvm ? kSvmVersion
                                                                            : kFormatVersion)},
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
    if (from.calibration) strings["calibration"] = to_json(*from.calibration).dump();
    return strings;
  } catch (const json::exception&) {  // JSON is UTF-8
    throw Error(ErrorCode::kInvalidArgument, "a text for the bundle is not valid UTF-8");
  }
}

BundleMetadata from_strings(const std::map<std::string, std::string>& strings) {
  const int version = require_format(strings);
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

  if (reader.has("calibration")) to.calibration = to_cross_fitting(reader.parsed("calibration"));

  metadata.training.options = to_options(reader.parsed("options"), version);
  for (const Field& count : reader.parsed("class_counts").list()) {
    metadata.training.class_counts.push_back(count.whole());
  }
  return metadata;
}

}  // namespace undertone::classifier

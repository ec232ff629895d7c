#include "classifier/bundle.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/bundle_metadata.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::classifier {

namespace {

using tensor::DType;
using tensor::SafetensorsFile;
using tensor::SafetensorsWriter;
using tensor::TensorInfo;

[[noreturn]] void corrupt(const std::string& message) {
  throw Error(ErrorCode::kModelCorrupt, message, "Train or download the bundle again.");
}

// Throws Error(kModelCorrupt) where the texts contradict the numbers.
void require_agreement(const EmotionClassifier& classifier, const Provenance& provenance,
                       const TrainingRecord& training) {
  if (provenance.encoder.dimension != classifier.features()) {
    corrupt(fmt::format("the classifier takes {} values, but its encoder is said to give {}",
                        classifier.features(), provenance.encoder.dimension));
  }
  const EmotionClassifierOptions& options = training.options;
  const SupportVectorClassifier* svm = classifier.svm();
  const RandomForest* forest = classifier.forest();
  if (provenance.calibration && options.kind != ClassifierKind::kSvm) {
    corrupt(fmt::format("the calibration is of a support vector machine, the classifier is \"{}\"",
                        to_string(options.kind)));
  }
  if (options.kind != classifier.kind() ||
      options.pca.has_value() != classifier.pca().has_value() ||
      (svm != nullptr) != includes(options, ClassifierKind::kSvm) ||
      (classifier.logistic() != nullptr) != includes(options, ClassifierKind::kLogistic) ||
      (forest != nullptr) != includes(options, ClassifierKind::kForest) ||
      (svm != nullptr && svm->parameters().multiclass != options.svm.multiclass) ||
      (forest != nullptr && forest->trees() != options.forest.trees)) {
    corrupt("the training options are not those of the classifier");
  }
  if (const SoftVoting* ensemble = classifier.ensemble()) {
    const auto& members = options.voting.members;
    bool same = ensemble->members().size() == members.size() &&
                std::equal(options.voting.weights.begin(), options.voting.weights.end(),
                           ensemble->weights().begin(), ensemble->weights().end());
    for (std::size_t m = 0; same && m < members.size(); ++m) {
      same = kClassifierKinds[ensemble->members()[m].index()] == members[m];
    }
    if (!same) corrupt("the training options are not those of the ensemble");
  }
  if (const auto& size = training.options.pca;
      size && std::holds_alternative<std::size_t>(*size) &&
      std::get<std::size_t>(*size) != classifier.pca()->components_count()) {
    corrupt(fmt::format("the training options ask for {} components; the PCA has {}",
                        std::get<std::size_t>(*size), classifier.pca()->components_count()));
  }
  const auto& counts = training.class_counts;
  if (counts.empty()) return;
  const std::size_t classes = classifier.class_names().size();
  if (counts.size() != classes) {
    corrupt(fmt::format("there are {} class counts for {} classes", counts.size(), classes));
  }
  if (svm == nullptr) return;
  const auto& n_support = svm->parameters().n_support;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] < static_cast<std::uint64_t>(n_support[c])) {
      corrupt(fmt::format("class {} has {} support vectors out of {} samples", c, n_support[c],
                          counts[c]));
    }
  }
}

const TensorInfo& find(const SafetensorsFile& file, const std::string& name, DType dtype,
                       std::size_t rank) {
  const TensorInfo* info = file.find(name);
  if (info == nullptr) corrupt(fmt::format("there is no tensor \"{}\"", name));
  if (info->dtype != dtype || info->shape.size() != rank) {
    corrupt(fmt::format("tensor \"{}\" is of type {} with {} dimensions; {} with {} is needed",
                        name, to_string(info->dtype), info->shape.size(), to_string(dtype), rank));
  }
  if (info->element_count() == 0) corrupt(fmt::format("tensor \"{}\" is empty", name));
  return *info;
}

std::vector<double> read_vector(const SafetensorsFile& file, const std::string& name) {
  const TensorInfo& info = find(file, name, DType::kF64, 1);
  std::vector<double> values(info.element_count());
  file.read_doubles(info, values);
  return values;
}

tensor::Matrix<double> read_matrix(const SafetensorsFile& file, const std::string& name) {
  const TensorInfo& info = find(file, name, DType::kF64, 2);
  tensor::Matrix<double> values(info.shape[0], info.shape[1]);
  file.read_doubles(info, {values.data(), info.element_count()});
  return values;
}

double read_scalar(const SafetensorsFile& file, const std::string& name) {
  double value = 0;
  file.read_doubles(find(file, name, DType::kF64, 0), {&value, 1});
  return value;
}

template <class Integer>
std::vector<Integer> read_integers(const SafetensorsFile& file, const std::string& name) {
  const TensorInfo& info = find(file, name, sizeof(Integer) == 8 ? DType::kI64 : DType::kI32, 1);
  std::vector<Integer> values(info.element_count());
  const auto bytes = file.bytes(info);
  std::memcpy(values.data(), bytes.data(),
              bytes.size());  // safetensors is little-endian, as are we
  return values;
}

SupportVectorClassifier read_svm(const SafetensorsFile& file, Multiclass multiclass) {
  SvmParameters svm;
  svm.multiclass = multiclass;
  svm.gamma = read_scalar(file, "svm.gamma");
  svm.support_vectors = read_matrix(file, "svm.support_vectors");
  svm.n_support = read_integers<std::int64_t>(file, "svm.n_support");
  svm.dual_coef = read_matrix(file, "svm.dual_coef");
  svm.intercept = read_vector(file, "svm.intercept");
  svm.platt_a = read_vector(file, "svm.platt_a");
  svm.platt_b = read_vector(file, "svm.platt_b");
  return SupportVectorClassifier(std::move(svm));
}

LogisticRegression read_logistic(const SafetensorsFile& file) {
  return LogisticRegression(
      {read_matrix(file, "logistic.coefficients"), read_vector(file, "logistic.intercepts")});
}

RandomForest read_forest(const SafetensorsFile& file, std::size_t features) {
  ForestParameters forest;
  forest.features = features;
  forest.tree_nodes = read_integers<std::int64_t>(file, "forest.tree_nodes");
  forest.feature = read_integers<std::int32_t>(file, "forest.feature");
  forest.threshold = read_vector(file, "forest.threshold");
  forest.next = read_integers<std::int32_t>(file, "forest.next");
  forest.leaves = read_matrix(file, "forest.leaves");
  return RandomForest(std::move(forest));
}

// `features`: what the steps before give.
SingleEstimator read_single(const SafetensorsFile& file, ClassifierKind kind,
                            const EmotionClassifierOptions& options, std::size_t features) {
  switch (kind) {
    case ClassifierKind::kLogistic:
      return read_logistic(file);
    case ClassifierKind::kForest:
      return read_forest(file, features);
    default:
      return read_svm(file, options.svm.multiclass);
  }
}

Estimator read_estimator(const SafetensorsFile& file, const EmotionClassifierOptions& options,
                         std::size_t features) {
  if (options.kind != ClassifierKind::kEnsemble) {
    return std::visit(
        [](auto&& estimator) -> Estimator { return std::forward<decltype(estimator)>(estimator); },
        read_single(file, options.kind, options, features));
  }
  std::vector<SingleEstimator> members;
  for (const ClassifierKind kind : options.voting.members) {
    members.push_back(read_single(file, kind, options, features));
  }
  return SoftVoting(std::move(members), options.voting.weights);
}

Bundle read_bundle(const SafetensorsFile& file) {
  BundleMetadata metadata = from_strings(file.metadata());
  StandardScaler scaler(read_vector(file, "scaler.mean"), read_vector(file, "scaler.scale"));
  std::optional<Pca> pca;
  if (metadata.training.options.pca) {
    pca.emplace(read_vector(file, "pca.mean"), read_matrix(file, "pca.components"),
                read_vector(file, "pca.explained_variance"));
  }
  const std::size_t features = pca ? pca->components_count() : scaler.features();
  Estimator estimator = read_estimator(file, metadata.training.options, features);
  EmotionClassifier classifier(std::move(scaler), std::move(pca), std::move(estimator),
                               std::move(metadata.labels));
  require_agreement(classifier, metadata.provenance, metadata.training);
  return {std::move(classifier), std::move(metadata.provenance), std::move(metadata.training)};
}

void add(SafetensorsWriter& writer, const std::string& name, std::span<const double> values) {
  writer.add(name, DType::kF64, {values.size()}, std::as_bytes(values));
}

void add(SafetensorsWriter& writer, const std::string& name,
         tensor::MatrixView<const double> values) {
  writer.add(name, DType::kF64, {values.rows(), values.cols()},
             std::as_bytes(std::span(values.data(), values.rows() * values.cols())));
}

template <class Integer>
void add(SafetensorsWriter& writer, const std::string& name, const std::vector<Integer>& values) {
  static_assert(sizeof(Integer) == 8 || sizeof(Integer) == 4);
  writer.add(name, sizeof(Integer) == 8 ? DType::kI64 : DType::kI32, {values.size()},
             std::as_bytes(std::span(values)));
}

void add_svm(SafetensorsWriter& writer, const SvmParameters& svm) {
  writer.add("svm.gamma", DType::kF64, {}, std::as_bytes(std::span(&svm.gamma, 1)));
  add(writer, "svm.support_vectors", svm.support_vectors.view());
  add(writer, "svm.n_support", svm.n_support);
  add(writer, "svm.dual_coef", svm.dual_coef.view());
  add(writer, "svm.intercept", std::span(svm.intercept));
  add(writer, "svm.platt_a", std::span(svm.platt_a));
  add(writer, "svm.platt_b", std::span(svm.platt_b));
}

void add_logistic(SafetensorsWriter& writer, const LogisticParameters& logistic) {
  add(writer, "logistic.coefficients", logistic.coefficients.view());
  add(writer, "logistic.intercepts", std::span(logistic.intercepts));
}

void add_forest(SafetensorsWriter& writer, const ForestParameters& forest) {
  add(writer, "forest.tree_nodes", forest.tree_nodes);
  add(writer, "forest.feature", forest.feature);
  add(writer, "forest.threshold", std::span(forest.threshold));
  add(writer, "forest.next", forest.next);
  add(writer, "forest.leaves", forest.leaves.view());
}

std::string describe(const EncoderIdentity& encoder) {
  return fmt::format("\"{}\" (fingerprint {}, hidden state {}, {} pooling, {} values)",
                     encoder.name, encoder.fingerprint, encoder.layer, encoder.pooling,
                     encoder.dimension);
}

}  // namespace

void save_bundle(const std::filesystem::path& path, const Bundle& bundle) {
  const EmotionClassifier& classifier = bundle.classifier;
  const BundleMetadata metadata{{classifier.class_names().begin(), classifier.class_names().end()},
                                bundle.provenance,
                                bundle.training};
  SafetensorsWriter writer;
  const auto strings = to_strings(metadata);
  try {  // whatever is saved can be loaded
    from_strings(strings);
    require_agreement(classifier, bundle.provenance, bundle.training);
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the bundle cannot be saved: {}", error.what()));
  }
  for (const auto& [key, value] : strings) writer.set_metadata(key, value);

  add(writer, "scaler.mean", classifier.scaler().mean());
  add(writer, "scaler.scale", classifier.scaler().scale());
  if (const auto& pca = classifier.pca()) {
    add(writer, "pca.mean", pca->mean());
    add(writer, "pca.components", pca->components());
    add(writer, "pca.explained_variance", pca->explained_variance());
  }
  if (const auto* svm = classifier.svm()) add_svm(writer, svm->parameters());
  if (const auto* logistic = classifier.logistic()) add_logistic(writer, logistic->parameters());
  if (const auto* forest = classifier.forest()) add_forest(writer, forest->parameters());
  writer.write(path);
}

Bundle load_bundle(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  try {
    return read_bundle(file);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: {}", path.string(), error.what()), error.hint());
  }
}

void require_encoder(const Provenance& provenance, const EncoderIdentity& loaded,
                     const std::string& bundle_name) {
  const EncoderIdentity& expected = provenance.encoder;
  if (expected.fingerprint == loaded.fingerprint && expected.layer == loaded.layer &&
      expected.pooling == loaded.pooling && expected.dimension == loaded.dimension) {
    return;
  }
  throw Error(ErrorCode::kModelMismatch,
              fmt::format("{} was trained on embeddings of {}, but the encoder in use is {}",
                          bundle_name, describe(expected), describe(loaded)),
              fmt::format("Use the encoder \"{}\", or train a classifier for \"{}\".",
                          expected.name, loaded.name));
}

}  // namespace undertone::classifier

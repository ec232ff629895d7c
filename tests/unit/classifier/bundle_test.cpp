#include "classifier/bundle.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <numeric>

#include "classifier/bundle_metadata.hpp"
#include "golden.hpp"
#include "random_clusters.hpp"
#include "support/expect_error.hpp"
#include "support/paths.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::classifier {
namespace {

using test::random_clusters;
using undertone::test::read_file;
using undertone::test::TemporaryFolder;
using undertone::test::write_file;

Provenance example_provenance() {
  Provenance p;
  p.encoder = {"hubert-large-ll60k", "9f86d081884c7d65", 24, "mean", 8};
  p.resampler = "soxr-hq";
  p.corpora = {"CREMA-D", "nEMO \xE2\x80\x93 Polish"};
  p.split = "speaker-independent, 5 folds";
  p.scores = {{"uar", 0.7123456789012345}, {"accuracy", 1.0 / 3}};
  p.licence = "ODbL";
  p.created_by = "undertone 0.1.0";
  return p;
}

Bundle example_bundle(Multiclass multiclass = Multiclass::kOneVsOne,
                      std::optional<PcaSize> pca = std::size_t{4}) {
  const auto data = random_clusters<float>(1, 90, 3, 8, 0.7);
  TrainingRecord training;
  training.options.pca = pca;
  training.options.svm.multiclass = multiclass;
  training.options.svm.seed = std::numeric_limits<std::uint64_t>::max();
  training.options.svm.c = 1.0 / 3;
  training.class_counts.assign(3, 0);
  for (const int label : data.labels) ++training.class_counts[static_cast<std::size_t>(label)];
  auto classifier = EmotionClassifier::fit(data.x.view(), data.labels,
                                           {"Neutral",
                                            "gl\xC3\xBC"
                                            "cklich",
                                            "Angry"},
                                           training.options);
  return {std::move(classifier), example_provenance(), std::move(training)};
}

void expect_equal(const EmotionClassifierOptions& a, const EmotionClassifierOptions& b) {
  EXPECT_EQ(a.pca, b.pca);
  EXPECT_EQ(a.svm.c, b.svm.c);
  EXPECT_EQ(a.svm.gamma, b.svm.gamma);
  EXPECT_EQ(a.svm.class_weight, b.svm.class_weight);
  EXPECT_EQ(a.svm.multiclass, b.svm.multiclass);
  EXPECT_EQ(a.svm.calibration_folds, b.svm.calibration_folds);
  EXPECT_EQ(a.svm.seed, b.svm.seed);
  EXPECT_EQ(a.svm.tolerance, b.svm.tolerance);
}

TEST(Bundle, PredictsTheSameBitsAfterSavingAndLoading) {
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  for (const Multiclass multiclass : {Multiclass::kOneVsOne, Multiclass::kOneVsRest}) {
    for (const std::optional<PcaSize> pca :
         {std::optional<PcaSize>(std::size_t{4}), std::optional<PcaSize>(0.8),
          std::optional<PcaSize>()}) {
      const Bundle bundle = example_bundle(multiclass, pca);
      save_bundle(path, bundle);
      const Bundle loaded = load_bundle(path);
      const auto data = random_clusters<float>(2, 50, 3, 8, 0.7);
      for (std::size_t r = 0; r < data.x.rows(); ++r) {
        const auto before = bundle.classifier.predict(data.x.row(r));
        const auto after = loaded.classifier.predict(data.x.row(r));
        EXPECT_EQ(before.probabilities, after.probabilities);
        EXPECT_EQ(before.label, after.label);
      }
      expect_equal(bundle.training.options, loaded.training.options);
    }
  }
}

TEST(Bundle, KeepsEverythingItSays) {
  const TemporaryFolder folder;
  Bundle bundle = example_bundle();
  bundle.training.options.svm.gamma = 0.1;
  save_bundle(folder / "m", bundle);
  const Bundle loaded = load_bundle(folder / "m");
  const Provenance& a = bundle.provenance;
  const Provenance& b = loaded.provenance;
  EXPECT_EQ(a.encoder.name, b.encoder.name);
  EXPECT_EQ(a.encoder.fingerprint, b.encoder.fingerprint);
  EXPECT_EQ(a.encoder.layer, b.encoder.layer);
  EXPECT_EQ(a.encoder.pooling, b.encoder.pooling);
  EXPECT_EQ(a.encoder.dimension, b.encoder.dimension);
  EXPECT_EQ(a.precision, b.precision);
  EXPECT_EQ(a.resampler, b.resampler);
  EXPECT_EQ(a.corpora, b.corpora);
  EXPECT_EQ(a.split, b.split);
  EXPECT_EQ(a.scores, b.scores);
  EXPECT_EQ(a.licence, b.licence);
  EXPECT_EQ(a.created_by, b.created_by);
  EXPECT_EQ(bundle.training.class_counts, loaded.training.class_counts);
  expect_equal(bundle.training.options, loaded.training.options);
  EXPECT_TRUE(std::equal(bundle.classifier.class_names().begin(),
                         bundle.classifier.class_names().end(),
                         loaded.classifier.class_names().begin()));
}

TEST(Bundle, KeepsWhatCalibratedIt) {
  const TemporaryFolder folder;
  Bundle bundle = example_bundle();
  save_bundle(folder / "without", bundle);
  EXPECT_FALSE(load_bundle(folder / "without").provenance.calibration);
  bundle.provenance.calibration = {{"f00", "f01"}, 1234, 0};
  save_bundle(folder / "with", bundle);
  const auto loaded = load_bundle(folder / "with").provenance.calibration;
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->encoder_fingerprints, (std::vector<std::string>{"f00", "f01"}));
  EXPECT_EQ(loaded->clips, 1234U);
  EXPECT_EQ(loaded->speakers, 0U);
}

TEST(Bundle, ReadsTheCalibrationAsItIsWritten) {
  BundleMetadata metadata{{"A", "B"}, example_provenance(), {}};
  auto strings = to_strings(metadata);
  EXPECT_FALSE(strings.contains("calibration"));  // bundles without one are as they were
  const auto refuses = [&](const char* text, const char* part) {
    strings["calibration"] = text;
    EXPECT_UNDERTONE_ERROR(from_strings(strings), ErrorCode::kModelCorrupt, part);
  };
  refuses("", "\"calibration\" in the metadata is not JSON");
  refuses("[]", "\"calibration\" in the metadata is not a table");
  refuses(R"({"clips": 1})", "lacks \"method\"");
  refuses(R"({"method": "cross-fitted", "encoder_fingerprints": [], "clips": 1, "speakers": 1})",
          "not cross-fitted on any encoder");
  refuses(R"({"method": "cross-fitted", "encoder_fingerprints": [1], "clips": 1, "speakers": 1})",
          "not a text");
  refuses(R"({"method": "cross-fitted", "encoder_fingerprints": ["a"], "clips": -1})",
          "not a whole number");
  refuses(R"({"method": "cross-fitted", "encoder_fingerprints": ["a"], "clips": 1})",
          "lacks \"speakers\"");
  strings["calibration"] = R"({"method": "one that comes later", "temperature": 1.5})";
  EXPECT_FALSE(from_strings(strings).provenance.calibration);
}

TEST(Bundle, HasTheSameBytesEachTime) {
  const TemporaryFolder folder;
  save_bundle(folder / "a", example_bundle());
  save_bundle(folder / "b", example_bundle());
  save_bundle(folder / "c", load_bundle(folder / "a"));
  EXPECT_EQ(read_file(folder / "a"), read_file(folder / "b"));
  EXPECT_EQ(read_file(folder / "a"), read_file(folder / "c"));
}

// Written by the reference implementation of safetensors from a scikit-learn pipeline. Format 1
// must stay readable for ever: this file is never made again.
TEST(Bundle, ReadsFormatVersionOne) {
  const auto golden = test::read_golden("bundle_v1");
  const Bundle bundle =
      load_bundle(std::string(UNDERTONE_GOLDEN_DIR) + "/classifier/bundle_v1.safetensors");
  EXPECT_EQ(std::vector<std::string>(bundle.classifier.class_names().begin(),
                                     bundle.classifier.class_names().end()),
            golden["labels"].get<std::vector<std::string>>());
  const auto probabilities = test::to_matrix(golden["probabilities"]);
  for (std::size_t r = 0; r < probabilities.rows(); ++r) {
    const auto prediction =
        bundle.classifier.predict(golden["x_test"][r].get<std::vector<float>>());
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(prediction.probabilities[c], probabilities(r, c), 1e-9);
    }
  }
  EXPECT_EQ(bundle.provenance.encoder.fingerprint, "c0ffee");
  EXPECT_EQ(bundle.provenance.scores.at("uar"), 0.75);
}

// The same of an ensemble in format 2.
TEST(Bundle, ReadsFormatVersionTwo) {
  const auto golden = test::read_golden("bundle_v2");
  const Bundle bundle =
      load_bundle(std::string(UNDERTONE_GOLDEN_DIR) + "/classifier/bundle_v2.safetensors");
  ASSERT_NE(bundle.classifier.ensemble(), nullptr);
  EXPECT_EQ(bundle.classifier.ensemble()->members().size(), 2U);
  const auto probabilities = test::to_matrix(golden["probabilities"]);
  for (std::size_t r = 0; r < probabilities.rows(); ++r) {
    const auto prediction =
        bundle.classifier.predict(golden["x_test"][r].get<std::vector<float>>());
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(prediction.probabilities[c], probabilities(r, c), 1e-9);
    }
  }
}

// What format 2 brought changed nothing of bundles that were there before: the shipped one is
// written again to the byte, so every number in it is as it was.
TEST(Bundle, KeepsBundlesOfFormatOneAsTheyAre) {
  const TemporaryFolder folder;
  const std::filesystem::path shipped =
      std::filesystem::path(UNDERTONE_SOURCE_DIR) / "models/undertone-small/bundle.safetensors";
  const Bundle bundle = load_bundle(shipped);
  EXPECT_EQ(bundle.classifier.kind(), ClassifierKind::kSvm);
  save_bundle(folder / "again", bundle);
  EXPECT_EQ(read_file(folder / "again"), read_file(shipped));
}

TEST(Bundle, SaysWhichFileIsMissingOrAPointer) {
  const TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(load_bundle(folder / "none"), ErrorCode::kFileNotFound, "none");
  write_file(folder / "pointer",
             "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
  EXPECT_UNDERTONE_ERROR(load_bundle(folder / "pointer"), ErrorCode::kGitLfsPointer, "pointer");
  write_file(folder / "noise", "this is not a model");
  EXPECT_UNDERTONE_ERROR(load_bundle(folder / "noise"), ErrorCode::kModelCorrupt, "noise");
}

TEST(Bundle, CannotBeSavedWhereThereIsNoFolder) {
  const TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(save_bundle(folder / "no/model", example_bundle()),
                         ErrorCode::kFileUnwritable, "model");
}

TEST(Bundle, RefusesToSaveWhatItWouldNotLoad) {
  const TemporaryFolder folder;
  const auto refuses = [&](auto change, const char* part) {
    Bundle bundle = example_bundle();
    change(bundle);
    EXPECT_UNDERTONE_ERROR(save_bundle(folder / "m", bundle), ErrorCode::kInvalidArgument, part);
    EXPECT_FALSE(std::filesystem::exists(folder / "m"));
  };
  refuses([](Bundle& b) { b.provenance.encoder.name.clear(); }, "\"encoder\"");
  refuses([](Bundle& b) { b.provenance.encoder.fingerprint.clear(); }, "\"encoder_fingerprint\"");
  refuses([](Bundle& b) { b.provenance.encoder.layer = -1; }, "\"layer\"");
  refuses([](Bundle& b) { b.provenance.encoder.dimension = 9; }, "takes 8 values");
  refuses([](Bundle& b) { b.provenance.split = "a\nb"; }, "\"split\"");
  refuses([](Bundle& b) { b.provenance.licence = std::string(5000, 'x'); }, "\"licence\"");
  refuses([](Bundle& b) { b.provenance.corpora = {"\xFF"}; }, "UTF-8");
  refuses([](Bundle& b) { b.provenance.split = "\xFF"; }, "\"split\"");
  refuses([](Bundle& b) { b.provenance.calibration.emplace(); }, "\"calibration\"");
  refuses(
      [](Bundle& b) {
        b.provenance.calibration = {std::vector<std::string>(1001, "f"), 1, 1};
      },
      "at most 1000");
  refuses([](Bundle& b) { b.provenance.scores["uar"] = std::nan(""); }, "\"scores\"");
  refuses([](Bundle& b) { b.training.class_counts.pop_back(); }, "2 class counts");
  refuses([](Bundle& b) { b.training.class_counts[1] = 1; }, "out of 1 samples");
  refuses([](Bundle& b) { b.training.options.svm.multiclass = Multiclass::kOneVsRest; },
          "training options");
  refuses([](Bundle& b) { b.training.options.pca.reset(); }, "training options");
  refuses([](Bundle& b) { b.training.options.pca = std::size_t{5}; }, "5 components");
  refuses([](Bundle& b) { b.training.options.pca = 1.5; }, "fraction");
  refuses([](Bundle& b) { b.training.options.svm.c = -1; }, "C must be positive");
}

// A saved bundle taken apart, to be changed and written again.
class Parts {
 public:
  explicit Parts(const std::filesystem::path& path) {
    const tensor::SafetensorsFile file(path);
    metadata = file.metadata();
    for (const auto& info : file.tensors()) {
      const auto bytes = file.bytes(info);
      tensors[info.name] = {info.dtype, info.shape, {bytes.begin(), bytes.end()}};
    }
  }

  void write(const std::filesystem::path& path) const {
    tensor::SafetensorsWriter writer;
    for (const auto& [key, value] : metadata) writer.set_metadata(key, value);
    for (const auto& [name, t] : tensors) writer.add(name, t.dtype, t.shape, t.bytes);
    writer.write(path);
  }

  void set(const std::string& name, std::size_t i, double value) {
    std::memcpy(tensors.at(name).bytes.data() + 8 * i, &value, 8);
  }
  void set_integer(const std::string& name, std::size_t i, std::int64_t value) {
    std::memcpy(tensors.at(name).bytes.data() + 8 * i, &value, 8);
  }
  void reshape(const std::string& name, std::vector<std::uint64_t> shape) {
    tensors.at(name).bytes.resize(
        8 * std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>()));
    tensors.at(name).shape = std::move(shape);
  }

  struct Tensor {
    tensor::DType dtype;
    std::vector<std::uint64_t> shape;
    std::vector<std::byte> bytes;
  };
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;
};

class DamagedBundle : public ::testing::Test {
 protected:
  DamagedBundle() { save_bundle(path_, example_bundle()); }

  void refuses(auto change, ErrorCode code, const char* part) {
    Parts parts(path_);
    change(parts);
    const auto damaged = folder_ / "damaged.safetensors";
    parts.write(damaged);
    EXPECT_UNDERTONE_ERROR(load_bundle(damaged), code, part);
    EXPECT_UNDERTONE_ERROR(load_bundle(damaged), code, "damaged.safetensors");
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "whole.safetensors";
};

TEST_F(DamagedBundle, TakenApartAndPutTogetherItLoads) {
  Parts parts(path_);
  parts.metadata["later_addition"] = "ignored";
  parts.metadata["format_version"] = "1.7";
  parts.tensors["svm.later"] = {tensor::DType::kU8, {1}, {std::byte{0}}};
  parts.write(folder_ / "again");
  EXPECT_NO_THROW(load_bundle(folder_ / "again"));
}

TEST_F(DamagedBundle, IsRefusedForAnotherFormat) {
  refuses([](Parts& p) { p.metadata.erase("format"); }, ErrorCode::kModelUnsupported,
          "not an Undertone classifier bundle");
  refuses([](Parts& p) { p.metadata["format"] = "pt"; }, ErrorCode::kModelUnsupported,
          "not an Undertone classifier bundle");
  refuses([](Parts& p) { p.metadata["format_version"] = "3.0"; }, ErrorCode::kModelUnsupported,
          "format version 3.0; Undertone 0.1.0 reads up to version 2");
  for (const char* bad : {"", "one", "0", "-1", "1x", "99999999999999999999"}) {
    refuses([&](Parts& p) { p.metadata["format_version"] = bad; }, ErrorCode::kModelCorrupt,
            "format_version");
  }
}

TEST_F(DamagedBundle, IsRefusedWithoutAnyOfItsParts) {
  const Parts whole(path_);
  for (const auto& [key, value] : whole.metadata) {
    if (key == "format") continue;
    refuses([&](Parts& p) { p.metadata.erase(key); }, ErrorCode::kModelCorrupt, key.c_str());
  }
  for (const auto& [name, tensor] : whole.tensors) {
    refuses([&](Parts& p) { p.tensors.erase(name); }, ErrorCode::kModelCorrupt, name.c_str());
  }
}

TEST_F(DamagedBundle, IsRefusedForTextsThatCannotBe) {
  const auto corrupts = [&](const std::string& key, const std::string& value) {
    SCOPED_TRACE(key + " = " + value.substr(0, 60));
    refuses([&](Parts& p) { p.metadata[key] = value; }, ErrorCode::kModelCorrupt, key.c_str());
  };
  for (const char* key : {"labels", "corpora", "class_counts", "scores", "options", "layer"}) {
    corrupts(key, "");
    corrupts(key, "{");
    corrupts(key, "null");
    corrupts(key, "\"text\"");
    corrupts(key, "1e999");
    corrupts(key, std::string(1024 * 1024 + 1, ' '));
    corrupts(key, std::string(300'000, '['));
  }
  corrupts("labels", std::string(100'000, '[') + std::string(100'000, ']'));
  corrupts("labels", "[1, 2, 3]");
  corrupts("class_counts", "[1, 2, -3]");
  corrupts("scores", R"({"uar": "good"})");
  corrupts("layer", "-1");
  corrupts("layer", "1001");
  corrupts("layer", "1.5");
  corrupts("dimension", "18446744073709551616");
  corrupts("encoder", "");
  corrupts("pooling", "a\x01");
  corrupts("split", std::string(4097, 'x'));
  std::string many = "[\"x\"";
  for (int i = 0; i < 1000; ++i) many += ",\"x\"";
  corrupts("corpora", many + "]");
}

TEST_F(DamagedBundle, IsRefusedForLabelsThatAreNotItsClasses) {
  const auto corrupts = [&](const char* labels, const char* part) {
    refuses([&](Parts& p) { p.metadata["labels"] = labels; }, ErrorCode::kModelCorrupt, part);
  };
  corrupts(R"(["A", "B"])", "2 class names for 3 classes");
  corrupts(R"(["A", "B", "A"])", "called \"A\"");
  corrupts(R"(["A", "B", ""])", "name of class 2");
}

TEST_F(DamagedBundle, IsRefusedForOptionsThatCannotBe) {
  const auto changes = [&](const char* key, const nlohmann::json& value, const char* part) {
    refuses(
        [&](Parts& p) {
          auto options = nlohmann::json::parse(p.metadata.at("options"));
          if (value.is_null()) {
            options.erase(key);
          } else {
            options[key] = value;
          }
          p.metadata["options"] = options.dump();
        },
        ErrorCode::kModelCorrupt, part);
  };
  for (const char* key : {"pca", "C", "gamma", "class_weight", "multiclass", "calibration_folds",
                          "seed", "tolerance"}) {
    changes(key, nullptr, key);
    changes(key, nlohmann::json::array(), key);
  }
  changes("C", 0, "C must be positive");
  changes("gamma", "wide", "options.gamma");
  changes("gamma", -1.0, "gamma must be positive");
  changes("class_weight", "heavy", "options.class_weight");
  changes("multiclass", "ovx", "options.multiclass");
  changes("multiclass", "ovr", "coefficients");
  changes("calibration_folds", 1, "folds");
  changes("seed", -1, "options.seed");
  changes("pca", 7, "7 components");
  changes("pca", 1.5, "options.pca");
}

TEST_F(DamagedBundle, IsRefusedForTensorsThatCannotBe) {
  const auto corrupts = [&](auto change, const char* part) {
    refuses(change, ErrorCode::kModelCorrupt, part);
  };
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  corrupts([&](Parts& p) { p.set("scaler.mean", 3, kNaN); }, "feature 3 of the scaler");
  corrupts([&](Parts& p) { p.set("scaler.scale", 2, 0); }, "feature 2 of the scaler");
  corrupts([&](Parts& p) { p.set("pca.mean", 1, kNaN); }, "feature 1 of the PCA");
  corrupts([&](Parts& p) { p.set("pca.components", 1, 5); }, "component 0");
  corrupts([&](Parts& p) { p.set("pca.explained_variance", 1, -5); }, "component 1");
  corrupts([&](Parts& p) { p.set("svm.gamma", 0, -1); }, "gamma");
  corrupts([&](Parts& p) { p.set("svm.dual_coef", 5, kNaN); }, "coefficients");
  corrupts([&](Parts& p) { p.set("svm.platt_a", 2, kNaN); }, "slopes");
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t bad :
       {std::int64_t{-1}, std::int64_t{0}, kMost, std::numeric_limits<std::int64_t>::min()}) {
    corrupts([&](Parts& p) { p.set_integer("svm.n_support", 0, bad); }, "support vectors");
  }
  corrupts([&](Parts& p) { p.reshape("scaler.mean", {7}); }, "7 means and 8 scales");
  corrupts([&](Parts& p) { p.reshape("scaler.mean", {0}); }, "\"scaler.mean\" is empty");
  corrupts([&](Parts& p) { p.reshape("svm.support_vectors", {0, 1ULL << 60}); }, "is empty");
  corrupts([&](Parts& p) { p.reshape("scaler.mean", {8, 1}); }, "2 dimensions");
  corrupts([&](Parts& p) { p.reshape("svm.intercept", {4}); }, "intercepts");
  corrupts([&](Parts& p) { p.reshape("svm.n_support", {2000}); }, "classes");
  corrupts(
      [&](Parts& p) {
        auto& t = p.tensors.at("scaler.mean");
        t.dtype = tensor::DType::kF32;
        t.bytes.resize(32);
      },
      "of type F32");
}

class DamagedEnsemble : public DamagedBundle {
 protected:
  DamagedEnsemble() {
    const auto data = random_clusters<float>(1, 90, 3, 8, 0.7);
    TrainingRecord training;
    training.options.kind = ClassifierKind::kEnsemble;
    training.options.pca = std::size_t{4};
    training.options.forest.trees = 3;
    training.options.voting.weights = {1, 2, 3};
    auto classifier =
        EmotionClassifier::fit(data.x.view(), data.labels, {"A", "B", "C"}, training.options);
    save_bundle(path_, {std::move(classifier), example_provenance(), std::move(training)});
  }

  void changes_options(auto change, const char* part) {
    refuses(
        [&](Parts& p) {
          auto options = nlohmann::json::parse(p.metadata.at("options"));
          change(options);
          p.metadata["options"] = options.dump();
        },
        ErrorCode::kModelCorrupt, part);
  }
};

TEST_F(DamagedEnsemble, IsRefusedWithoutAnyOfItsParts) {
  const Parts whole(path_);
  EXPECT_EQ(whole.metadata.at("format_version"), "2");
  for (const auto& [name, tensor] : whole.tensors) {
    refuses([&](Parts& p) { p.tensors.erase(name); }, ErrorCode::kModelCorrupt, name.c_str());
  }
  for (const char* key : {"pca", "classifier", "members", "weights", "svm", "logistic", "forest"}) {
    changes_options([&](nlohmann::json& o) { o.erase(key); }, key);
    changes_options([&](nlohmann::json& o) { o[key] = "x"; }, "options");
  }
  const auto tables = nlohmann::json::parse(whole.metadata.at("options"));
  for (const auto& [table, options] : tables.items()) {
    if (!options.is_object()) continue;
    for (const auto& [key, value] : options.items()) {
      changes_options([&](nlohmann::json& o) { o[table].erase(key); }, key.c_str());
      changes_options([&](nlohmann::json& o) { o[table][key] = -1; }, "options");
    }
  }
}

TEST_F(DamagedEnsemble, IsRefusedForOptionsThatAreNotItsOwn) {
  using J = nlohmann::json;
  changes_options([](J& o) { o["classifier"] = "tree"; }, "options.classifier");
  changes_options([](J& o) { o["members"] = {"svm", "svm", "forest"}; }, "twice");
  changes_options([](J& o) { o["members"] = J::array(); }, "needs a member");
  changes_options([](J& o) { o["weights"] = {1, 2}; }, "2 weights");
  changes_options([](J& o) { o["weights"] = {1, 2, 0}; }, "weight of a member");
  changes_options([](J& o) { o["forest"]["trees"] = 4; }, "training options");
  changes_options([](J& o) { o["logistic"]["C"] = 0; }, "C must be positive");
  refuses([](Parts& p) { p.metadata["format_version"] = "1"; }, ErrorCode::kModelCorrupt, "\"C\"");
}

TEST_F(DamagedEnsemble, IsRefusedForTensorsThatCannotBe) {
  const auto corrupts = [&](auto change, const char* part) {
    refuses(change, ErrorCode::kModelCorrupt, part);
  };
  const auto set_small = [](Parts& p, const char* name, std::size_t i, std::int32_t value) {
    std::memcpy(p.tensors.at(name).bytes.data() + 4 * i, &value, 4);
  };
  corrupts([&](Parts& p) { set_small(p, "forest.next", 0, 0); }, "lead to node 0");
  corrupts([&](Parts& p) { set_small(p, "forest.feature", 0, 4); }, "feature 4 of 4");
  corrupts([&](Parts& p) { p.set("forest.leaves", 0, 7); }, "share of 7");
  corrupts([&](Parts& p) { p.set_integer("forest.tree_nodes", 0, -1); }, "a tree of -1");
  corrupts([&](Parts& p) { p.set("logistic.coefficients", 2, std::nan("")); }, "coefficients");
  corrupts([&](Parts& p) { p.reshape("logistic.intercepts", {4}); }, "for 4 classes");
  corrupts([&](Parts& p) { p.reshape("logistic.coefficients", {3, 3}); }, "4 and 3 features");
}

TEST(RequireEncoder, AcceptsTheSameWhateverItsName) {
  EncoderIdentity loaded = example_provenance().encoder;
  EXPECT_NO_THROW(require_encoder(example_provenance(), loaded, "m"));
  loaded.name = "my-copy";
  EXPECT_NO_THROW(require_encoder(example_provenance(), loaded, "m"));
}

TEST(RequireEncoder, NamesBothWhereTheyDiffer) {
  const auto refuses = [](auto change, const char* part) {
    EncoderIdentity loaded = example_provenance().encoder;
    loaded.name = "hubert-base";
    change(loaded);
    EXPECT_UNDERTONE_ERROR(require_encoder(example_provenance(), loaded, "m.safetensors"),
                           ErrorCode::kModelMismatch, part);
    try {
      require_encoder(example_provenance(), loaded, "m.safetensors");
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("m.safetensors"));
      EXPECT_THAT(error.what(), ::testing::HasSubstr("\"hubert-large-ll60k\""));
      EXPECT_THAT(error.what(), ::testing::HasSubstr("\"hubert-base\""));
      EXPECT_THAT(error.hint(), ::testing::HasSubstr("Use the encoder \"hubert-large-ll60k\""));
    }
  };
  refuses([](EncoderIdentity& e) { e.fingerprint = "0000"; }, "fingerprint 0000");
  refuses([](EncoderIdentity& e) { e.layer = 12; }, "hidden state 12");
  refuses([](EncoderIdentity& e) { e.pooling = "max"; }, "max pooling");
  refuses([](EncoderIdentity& e) { e.dimension = 768; }, "768 values");
}

}  // namespace
}  // namespace undertone::classifier

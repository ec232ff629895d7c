// What reduced precision promises, on real recordings and the embedded model: embeddings stay close
// to those of f32, labels stay what they were. docs/decisions/0006-reduced-precision.md.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <ostream>
#include <string>
#include <vector>

#include <undertone/recognizer.hpp>

#include "encoder/kernels/precision.hpp"
#include "pipeline/embedding_extractor.hpp"
#include "support/paths.hpp"

namespace undertone::test {
namespace {

const std::filesystem::path kData = UNDERTONE_SHARED_DATA_DIR;
const std::filesystem::path kModel =
    std::filesystem::path(UNDERTONE_SOURCE_DIR) / "models/undertone-small";

struct Promise {
  const char* precision;
  double least_cosine;
  double labels_kept;
};

void PrintTo(const Promise& promise, std::ostream* out) { *out << promise.precision; }

class PrecisionGate : public testing::TestWithParam<Promise> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData / "emodb")) {
      GTEST_SKIP() << "the recordings are not at " << kData;
    }
    if (!std::filesystem::exists(kModel / "bundle.safetensors")) {
      GTEST_SKIP() << "there is no embedded model at " << kModel;
    }
    const auto fast = encoder::fast_precisions(encoder::usable_instruction_set());
    if (std::find(fast.begin(), fast.end(), encoder::find_precision(GetParam().precision)) ==
        fast.end()) {
      GTEST_SKIP() << "this processor has no " << GetParam().precision;
    }
  }

  // As many as `count` of each corpus, from all over it.
  static std::vector<std::filesystem::path> recordings(std::size_t count) {
    std::vector<std::filesystem::path> chosen;
    for (const char* corpus : {"emodb", "nemo", "ravdess"}) {
      std::vector<std::filesystem::path> all;
      if (!std::filesystem::exists(kData / corpus)) continue;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(kData / corpus)) {
        if (entry.path().extension() == ".flac") all.push_back(entry.path());
      }
      std::sort(all.begin(), all.end());
      for (std::size_t i = 0; i < std::min(count, all.size()); ++i)
        chosen.push_back(all[i * all.size() / std::min(count, all.size())]);
    }
    return chosen;
  }
};

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double product = 0.0;
  double of_a = 0.0;
  double of_b = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    of_a += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    of_b += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return product / std::sqrt(of_a * of_b);
}

TEST_P(PrecisionGate, EmbeddingsStayCloseToThoseOfF32) {
  const pipeline::EmbeddingExtractor exact({.encoder = kModel.string()});
  const pipeline::EmbeddingExtractor reduced(
      {.encoder = kModel.string(), .precision = GetParam().precision});
  ASSERT_EQ(to_string(exact.encoder().precision()), "f32");
  ASSERT_EQ(to_string(reduced.encoder().precision()), GetParam().precision);
  const pipeline::EmbeddingChoice choice{.layers = {exact.require_layer({})}};
  double least = 1.0;
  bool differs = false;
  for (const auto& path : recordings(40)) {
    const auto a = exact.extract_file(path, choice, ClipThreads::kAll).values;
    const auto b = reduced.extract_file(path, choice, ClipThreads::kAll).values;
    const double similarity = cosine(a, b);
    EXPECT_GE(similarity, GetParam().least_cosine) << path;
    least = std::min(least, similarity);
    differs = differs || a != b;
  }
  EXPECT_TRUE(differs) << "the precision took no effect";
  RecordProperty("least_cosine", std::to_string(least));
  std::printf("least cosine %.7f\n", least);
}

TEST_P(PrecisionGate, LabelsStay) {
  const Recognizer exact = Recognizer::load({.encoder = kModel.string()});
  const Recognizer reduced =
      Recognizer::load({.encoder = kModel.string(), .precision = GetParam().precision});
  EXPECT_EQ(exact.model().precision, "f32");
  EXPECT_EQ(reduced.model().precision, GetParam().precision);
  const auto paths = recordings(80);
  std::size_t kept = 0;
  for (const auto& path : paths) {
    kept += exact.predict_file(path).label == reduced.predict_file(path).label ? 1U : 0U;
  }
  EXPECT_GE(static_cast<double>(kept), GetParam().labels_kept * static_cast<double>(paths.size()))
      << kept << " of " << paths.size();
  std::printf("labels kept: %zu of %zu\n", kept, paths.size());
}

INSTANTIATE_TEST_SUITE_P(All, PrecisionGate,
                         testing::Values(Promise{"bf16", 0.9999, 0.995},
                                         Promise{"int8", 0.999, 0.98}),
                         [](const auto& test) { return std::string(test.param.precision); });

}  // namespace
}  // namespace undertone::test

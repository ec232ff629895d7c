// A model small enough to be made by the test that wants it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "classifier/bundle.hpp"
#include "encoder/presets.hpp"
#include "encoder/random_checkpoint.hpp"
#include "pipeline/dataset_extraction.hpp"
#include "pipeline/training.hpp"
#include "support/temporary_folder.hpp"
#include "support/wav.hpp"

namespace undertone::test {

// A random encoder and a classifier that tells low from high buzzes, made once.
class TinyModel {
 public:
  static const TinyModel& get() {
    static const TinyModel model;
    return model;
  }

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path encoder() const { return folder_ / "encoder"; }
  std::filesystem::path clip(int i) const {
    return folder_ / ("clip" + std::to_string(i) + ".wav");
  }

 private:
  TinyModel() {
    ThreadPool pool(1);
    encoder::write_random_checkpoint(*encoder::preset_config("tiny"), 1, encoder(), false, pool);
    std::vector<pipeline::Recording> recordings;
    for (int i = 0; i < 16; ++i) {
      const bool high = i % 2 == 1;
      test::write_file(clip(i), test::wav(test::buzz(1.0 + 0.05 * i, (high ? 260 : 110) + 3 * i,
                                                     static_cast<unsigned>(i))));
      dataset::Clip known;
      known.filepath = clip(i).filename().string();
      known.emotion = high ? "Happy" : "Sad";
      recordings.push_back({clip(i), known});
    }
    const pipeline::EmbeddingExtractor extractor({.encoder = encoder().string(), .threads = 1});
    for (const encoder::Pooling pooling : {encoder::Pooling::kMean, encoder::Pooling::kMeanStd}) {
      const std::filesystem::path file = folder_ / "emb.npz";
      pipeline::extract_to_file(
          extractor, recordings, file,
          {.choice = {{extractor.require_layer({})}, pooling}, .overwrite = true});
      const auto training = pipeline::train_classifier(pipeline::read_embeddings(file),
                                                       {.licence = "test licence"}, pool);
      classifier::save_bundle(pooling == encoder::Pooling::kMean
                                  ? encoder() / "bundle.safetensors"
                                  : folder_ / "deviation.safetensors",
                              training.bundle);
    }
  }

  test::TemporaryFolder folder_;
};

}  // namespace undertone::test

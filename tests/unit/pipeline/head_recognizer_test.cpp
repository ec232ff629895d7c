// Recognizer with checkpoints that bring a head.
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include <undertone/recognizer.hpp>

#include "classifier/bundle.hpp"
#include "encoder/checkpoint_weights.hpp"
#include "heads/emotion_head.hpp"
#include "pipeline/dataset_extraction.hpp"
#include "pipeline/training.hpp"
#include "support/expect_error.hpp"
#include "support/paths.hpp"
#include "support/temporary_folder.hpp"
#include "support/wav.hpp"

namespace undertone {
namespace {

using Labels = std::vector<std::string>;

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(UNDERTONE_GOLDEN_DIR) / "heads" / name;
}

Recognizer load(const std::string& name, RecognizerOptions options = {}) {
  options.encoder = golden(name).string();
  options.threads = 1;
  return Recognizer::load(options);
}

Prediction predict(const Recognizer& recognizer, double seconds = 2.0) {
  const std::string bytes = test::wav(test::buzz(seconds, 150));
  return recognizer.predict_memory(std::as_bytes(std::span(bytes)), "x.wav");
}

// A copy of a golden checkpoint that a test may change.
class Copy {
 public:
  explicit Copy(const std::string& name) { std::filesystem::copy(golden(name), folder_ / "copy"); }
  std::filesystem::path path() const { return folder_ / "copy"; }
  std::filesystem::path operator/(std::string_view name) const { return path() / name; }
  void replace_in_config(const std::string& from, const std::string& to) const {
    std::string text = test::read_file(path() / "config.json");
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    test::write_file(path() / "config.json", text.replace(at, from.size(), to));
  }
  Recognizer load(RecognizerOptions options = {}) const {
    options.encoder = path().string();
    options.threads = 1;
    return Recognizer::load(options);
  }

 private:
  test::TemporaryFolder folder_;
};

TEST(HeadRecognizer, LabelsStayAsTheyAreSpelt) {
  const Recognizer recognizer = load("hubert-weighted");
  EXPECT_EQ(recognizer.labels(), (Labels{"neu", "hap", "sad", "ang"}));
  EXPECT_TRUE(recognizer.dimensions().empty());
  const Prediction prediction = predict(recognizer);
  double sum = 0;
  std::string best;
  double greatest = -1;
  ASSERT_EQ(prediction.probabilities.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& [label, probability] = prediction.probabilities[i];
    EXPECT_EQ(label, recognizer.labels()[i]);
    sum += probability;
    if (probability > greatest) {
      greatest = probability;
      best = label;
    }
  }
  EXPECT_NEAR(sum, 1.0, 1e-12);
  EXPECT_EQ(prediction.label, best);
  EXPECT_EQ(prediction.confidence, greatest);
  EXPECT_FALSE(prediction.multi_label);
  EXPECT_FALSE(prediction.dimensions_estimate);
  EXPECT_EQ(prediction.model.head, "HubertForSequenceClassification");
  EXPECT_EQ(prediction.model.bundle, "");
  EXPECT_EQ(prediction.model.layer, 2U);
  EXPECT_EQ(prediction.model.first_layer, 0U);
  EXPECT_FALSE(load("hubert-last").model().first_layer);
}

TEST(HeadRecognizer, SigmoidsAreMarked) {
  const Recognizer recognizer = load("wav2vec2-sigmoid");
  EXPECT_TRUE(recognizer.multi_label());
  EXPECT_FALSE(load("hubert-last").multi_label());
  const Prediction prediction = predict(recognizer);
  EXPECT_TRUE(prediction.multi_label);
  EXPECT_EQ(prediction.probabilities.size(), 3U);
  double greatest = 0;
  for (const auto& [label, probability] : prediction.probabilities) {
    greatest = std::max(greatest, probability);
  }
  EXPECT_EQ(prediction.confidence, greatest);
}

TEST(HeadRecognizer, RegressionsHaveDimensionsAndNoLabel) {
  const Recognizer recognizer = load("wav2vec2-dimensions", {.estimate_dimensions = true});
  EXPECT_TRUE(recognizer.labels().empty());
  EXPECT_EQ(recognizer.dimensions(), (Labels{"arousal", "dominance", "valence"}));
  EXPECT_FALSE(recognizer.estimates_dimensions());
  const Prediction prediction = predict(recognizer);
  EXPECT_EQ(prediction.label, "");
  EXPECT_TRUE(prediction.probabilities.empty());
  ASSERT_EQ(prediction.dimensions.size(), 3U);
  EXPECT_EQ(prediction.dimensions[1].first, "dominance");
  EXPECT_FALSE(prediction.dimensions_estimate);
}

// Each window as if it had been cut out; nothing is measured in silence.
TEST(HeadRecognizer, WindowsOfARegressionHaveDimensions) {
  const Recognizer recognizer = load("wav2vec2-dimensions");
  const std::vector<float> voice = test::buzz(2.0, 150);
  std::vector<float> samples = voice;
  samples.insert(samples.end(), 2 * 16000, 0.0F);
  const Prediction prediction = recognizer.predict_samples(samples, "x", {.window_s = 2.0});
  ASSERT_EQ(prediction.windows.size(), 2U);
  const WindowPrediction& first = prediction.windows[0];
  EXPECT_EQ(first.dimensions, recognizer.predict_samples(voice, "x").dimensions);
  EXPECT_NE(first.dimensions, prediction.dimensions);
  EXPECT_EQ(first.label, "");
  EXPECT_TRUE(first.probabilities.empty());
  EXPECT_TRUE(prediction.windows[1].silent);
  EXPECT_TRUE(prediction.windows[1].dimensions.empty());
}

TEST(HeadRecognizer, NothingIsClaimedOfAHeadsMaking) {
  const Recognizer weighted = load("hubert-weighted");
  EXPECT_EQ(weighted.provenance().dimension, 3U * 16U);
  EXPECT_EQ(load("hubert-last").provenance().dimension, 16U);
  EXPECT_TRUE(weighted.provenance().corpora.empty());
  EXPECT_TRUE(weighted.provenance().scores.empty());
  EXPECT_EQ(weighted.provenance().split, "");
  EXPECT_EQ(weighted.provenance().created_by, "");
  EXPECT_EQ(weighted.model().licence, "");
}

// Two windows, and the head on the mean of all their frames.
TEST(HeadRecognizer, LongRecordingsArePooledLikeEmbeddings) {
  for (const std::string name : {"hubert-weighted", "hubert-last"}) {
    const std::string bytes = test::wav(test::buzz(31.5, 150));
    const test::TemporaryFolder folder;
    test::write_file(folder / "long.wav", bytes);
    const pipeline::EmbeddingExtractor extractor({.encoder = golden(name).string(), .threads = 1});
    const auto archive = tensor::open_archive(encoder::checkpoint_file(extractor.folder()));
    const heads::EmotionHead head(heads::read_head_config(extractor.folder()).value(), *archive, 16,
                                  3);
    pipeline::EmbeddingChoice choice;
    for (std::size_t i = head.first_state(); i <= head.last_state(); ++i) {
      choice.layers.push_back(i);
    }
    const auto embedding = extractor.extract_file(folder / "long.wav", choice, ClipThreads::kOne);
    EXPECT_EQ(embedding.windows, 2U);
    const heads::HeadValues expected = head.apply(embedding.values);
    const Prediction found = load(name).predict_file(folder / "long.wav");
    for (const auto& [label, probability] : found.probabilities) {
      const auto& labels = head.config().labels;
      const auto at = std::find(labels.begin(), labels.end(), label) - labels.begin();
      EXPECT_EQ(probability, expected.scores[static_cast<std::size_t>(at)]) << name << label;
    }
    ASSERT_EQ(found.warnings.size(), 1U);
    EXPECT_EQ(found.warnings[0].code, "long_audio");
  }
}

TEST(HeadRecognizer, ABundleGoesBeforeTheHead) {
  const Copy copy("hubert-last");
  ThreadPool pool(1);
  std::vector<pipeline::Recording> recordings;
  const test::TemporaryFolder clips;
  for (int i = 0; i < 12; ++i) {
    const bool high = i % 2 == 1;
    const auto path = clips / ("clip" + std::to_string(i) + ".wav");
    test::write_file(
        path, test::wav(test::buzz(1.0, (high ? 260 : 110) + 3 * i, static_cast<unsigned>(i))));
    dataset::Clip known;
    known.filepath = path.filename().string();
    known.emotion = high ? "Happy" : "Sad";
    recordings.push_back({path, known});
  }
  const pipeline::EmbeddingExtractor extractor({.encoder = copy.path().string(), .threads = 1});
  pipeline::extract_to_file(extractor, recordings, clips / "e.npz", {.choice = {{2}}});
  const auto training =
      pipeline::train_classifier(pipeline::read_embeddings(clips / "e.npz"), {}, pool);
  classifier::save_bundle(clips / "mine.safetensors", training.bundle);

  EXPECT_EQ(copy.load().model().head, "HubertForSequenceClassification");
  const Recognizer named = copy.load({.bundle = clips / "mine.safetensors"});
  EXPECT_EQ(named.model().head, "");
  EXPECT_EQ(named.model().bundle, "mine.safetensors");
  EXPECT_EQ(named.labels(), (Labels{"Happy", "Sad"}));
  std::filesystem::copy_file(clips / "mine.safetensors", copy / "bundle.safetensors");
  EXPECT_EQ(copy.load().model().bundle, "bundle.safetensors");
}

TEST(HeadRecognizer, EstimatesDimensionsWhereAsked) {
  const Recognizer recognizer = load("hubert-weighted", {.estimate_dimensions = true});
  EXPECT_TRUE(recognizer.estimates_dimensions());
  const Prediction prediction = predict(recognizer);
  ASSERT_TRUE(prediction.dimensions_estimate);
  const auto probability = [&prediction](std::size_t i) {
    return prediction.probabilities[i].second;
  };
  // neu, hap, sad, ang
  EXPECT_NEAR(prediction.dimensions_estimate->valence,
              (1 + 0.81 * probability(1) - 0.63 * probability(2) - 0.51 * probability(3)) / 2,
              1e-12);
  EXPECT_UNDERTONE_ERROR(load("wav2vec2-sigmoid", {.estimate_dimensions = true}),
                         ErrorCode::kInvalidArgument, "stand alone");
  const Copy other("hubert-weighted");
  other.replace_in_config("\"neu\"", "\"calm\"");
  EXPECT_UNDERTONE_ERROR(other.load({.estimate_dimensions = true}), ErrorCode::kInvalidArgument,
                         "for calm");
}

TEST(HeadRecognizer, TheLayerIsTheHeads) {
  EXPECT_NO_THROW(load("hubert-last", {.layer = 2}));
  EXPECT_UNDERTONE_ERROR(load("hubert-last", {.layer = 1}), ErrorCode::kModelMismatch,
                         "hidden state 1 is asked for");
  EXPECT_UNDERTONE_ERROR(load("hubert-weighted", {.layer = 2}), ErrorCode::kModelMismatch,
                         "weighted sum of the hidden states 0 to 2");
}

TEST(HeadRecognizer, SaysWhatIsWrongWithACheckpoint) {
  const Copy architecture("hubert-last");
  architecture.replace_in_config("HubertForSequenceClassification", "HubertForWonders");
  EXPECT_UNDERTONE_ERROR(architecture.load(), ErrorCode::kModelUnsupported, "'HubertForWonders'");
  const Copy none("hubert-last");
  none.replace_in_config("HubertForSequenceClassification", "HubertModel");
  EXPECT_UNDERTONE_ERROR(none.load(), ErrorCode::kModelNotFound, "its checkpoint has no head");
  const Copy other("hubert-last");
  other.replace_in_config("HubertForSequenceClassification", "Wav2Vec2ForSpeechClassification");
  EXPECT_UNDERTONE_ERROR(other.load(), ErrorCode::kModelCorrupt,
                         "no tensor 'classifier.dense.weight'");
  const Copy fewer("wav2vec2-dimensions");
  fewer.replace_in_config(",\n    \"2\": \"valence\"", "");
  EXPECT_UNDERTONE_ERROR(fewer.load(), ErrorCode::kModelCorrupt,
                         "gives 3 values, but config.json names 2 labels");
  const Copy quantised("hubert-last");
  quantised.replace_in_config("{", "{\"quantization_config\": {\"bits\": 8},");
  EXPECT_UNDERTONE_ERROR(quantised.load(), ErrorCode::kModelUnsupported, "quantization_config");
}

TEST(HeadRecognizer, WarnsOfLabelsWithoutMeaning) {
  const Copy copy("wav2vec2-sigmoid");
  copy.replace_in_config("\"id2label\"", "\"num_labels\": 3, \"unused\"");
  std::string notes;
  const Recognizer recognizer =
      copy.load({.warn = [&notes](std::string_view text) { notes += text; }});
  EXPECT_EQ(recognizer.labels(), (Labels{"LABEL_0", "LABEL_1", "LABEL_2"}));
  EXPECT_THAT(notes, ::testing::HasSubstr("does not say what LABEL_0, LABEL_1, LABEL_2 mean"));
}

TEST(HeadRecognizer, ThreadsDoNotChangeTheBits) {
  RecognizerOptions options;
  options.encoder = golden("hubert-weighted").string();
  options.threads = 3;
  const Recognizer three = Recognizer::load(options);
  EXPECT_EQ(predict(three).probabilities, predict(load("hubert-weighted")).probabilities);
}

}  // namespace
}  // namespace undertone

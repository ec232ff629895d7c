#include <atomic>
#include <cmath>
#include <fcntl.h>
#include <stop_token>
#include <thread>
#include <unistd.h>

#include <undertone/recognizer.hpp>

#include "classifier/bundle.hpp"
#include "encoder/presets.hpp"
#include "encoder/random_checkpoint.hpp"
#include "pipeline/dataset_extraction.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"
#include "support/wav.hpp"

namespace undertone {
namespace {

using test::TinyModel;

Recognizer load(unsigned threads = 1) {
  return Recognizer::load({.encoder = TinyModel::get().encoder().string(), .threads = threads});
}

void expect_same(const Prediction& a, const Prediction& b) {
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.probabilities, b.probabilities);
  EXPECT_EQ(a.confidence, b.confidence);
  EXPECT_EQ(a.duration_s, b.duration_s);
}

TEST(Recognizer, PredictsWithWhatItWasTrainedOn) {
  const Recognizer recognizer = load();
  EXPECT_EQ(recognizer.labels(), (std::vector<std::string>{"Happy", "Sad"}));
  const Prediction prediction = recognizer.predict_file(TinyModel::get().clip(0));
  EXPECT_EQ(prediction.label, "Sad");
  double sum = 0;
  double best = 0;
  for (const auto& [label, probability] : prediction.probabilities) {
    sum += probability;
    best = std::max(best, probability);
  }
  EXPECT_NEAR(sum, 1.0, 1e-9);
  EXPECT_EQ(prediction.confidence, best);
  EXPECT_TRUE(prediction.warnings.empty());
  EXPECT_EQ(prediction.model.layer, 2U);
  EXPECT_EQ(prediction.model.licence, "test licence");
  EXPECT_EQ(prediction.model.bundle, "bundle.safetensors");
  EXPECT_EQ(recognizer.predict_file(TinyModel::get().clip(1)).label, "Happy");
}

TEST(Recognizer, FileMemoryAndDescriptorGiveTheSame) {
  const Recognizer recognizer = load();
  const auto path = TinyModel::get().clip(3);
  const Prediction expected = recognizer.predict_file(path);
  const std::string bytes = test::read_file(path);
  expect_same(recognizer.predict_memory(std::as_bytes(std::span(bytes)), "memory"), expected);
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  expect_same(recognizer.predict_descriptor(descriptor, "descriptor"), expected);
  close(descriptor);
}

TEST(Recognizer, ThreadsDoNotChangeTheBits) {
  const Recognizer one = load(1);
  const Recognizer three = load(3);
  EXPECT_EQ(three.threads(), 3U);
  for (int i = 0; i < 4; ++i) {
    const auto path = TinyModel::get().clip(i);
    const Prediction expected = one.predict_file(path);
    expect_same(three.predict_file(path, {.threads = ClipThreads::kAll}), expected);
    expect_same(three.predict_file(path, {.threads = ClipThreads::kOne}), expected);
  }
}

TEST(Recognizer, ManyThreadsMayAskAtOnce) {
  const Recognizer recognizer = load(2);
  std::vector<Prediction> expected;
  for (int i = 0; i < 8; ++i) expected.push_back(recognizer.predict_file(TinyModel::get().clip(i)));
  std::vector<Prediction> found(expected.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      threads.emplace_back([&, i] {
        found[i] = recognizer.predict_file(
            TinyModel::get().clip(static_cast<int>(i)),
            {.threads = i % 2 == 0 ? ClipThreads::kAll : ClipThreads::kOne});
      });
    }
  }
  for (std::size_t i = 0; i < expected.size(); ++i) expect_same(found[i], expected[i]);
}

// Two low seconds, two silent ones, and a high rest of `rest_s`.
std::vector<float> low_silent_high(double rest_s) {
  std::vector<float> samples = test::buzz(2.0, 113, 3);
  samples.resize(samples.size() + 2 * 16000);
  const std::vector<float> high = test::buzz(rest_s, 263, 5);
  samples.insert(samples.end(), high.begin(), high.end());
  return samples;
}

TEST(Recognizer, HearsWindowsAsIfTheyWereCutOut) {
  const Recognizer recognizer = load(2);
  const std::vector<float> samples = low_silent_high(2.5);
  const Prediction whole = recognizer.predict_samples(samples, "x");
  const Prediction prediction = recognizer.predict_samples(samples, "x", {.window_s = 2.0});
  expect_same(prediction, whole);
  EXPECT_TRUE(whole.windows.empty());
  ASSERT_EQ(prediction.windows.size(), 3U);
  EXPECT_EQ(prediction.windows[0].label, "Sad");
  EXPECT_EQ(prediction.windows[0].start_s, 0.0);
  EXPECT_EQ(prediction.windows[0].end_s, 2.0);
  EXPECT_TRUE(prediction.windows[1].silent);
  EXPECT_TRUE(prediction.windows[1].probabilities.empty());
  EXPECT_EQ(prediction.windows[2].label, "Happy");
  EXPECT_EQ(prediction.windows[2].start_s, 4.0);
  EXPECT_EQ(prediction.windows[2].end_s, 6.5);  // half a second is no window of its own
  const Prediction cut = recognizer.predict_samples(std::span(samples).subspan(4 * 16000), "cut");
  EXPECT_EQ(prediction.windows[2].probabilities, cut.probabilities);
  EXPECT_EQ(prediction.windows[2].confidence, cut.confidence);
}

TEST(Recognizer, WindowsOfThirtySecondsAreHeardOnce) {
  const Recognizer recognizer = load(2);
  const std::vector<float> samples = low_silent_high(40.0);
  const Prediction prediction = recognizer.predict_samples(samples, "x", {.window_s = 30.0});
  expect_same(prediction, recognizer.predict_samples(samples, "x"));
  ASSERT_EQ(prediction.windows.size(), 2U);
  EXPECT_EQ(prediction.windows[1].start_s, 30.0);
  EXPECT_EQ(prediction.windows[1].end_s, 44.0);
  const Prediction cut = recognizer.predict_samples(std::span(samples).subspan(30 * 16000), "cut");
  EXPECT_EQ(prediction.windows[1].probabilities, cut.probabilities);
}

TEST(Recognizer, OneWindowIsNoNews) {
  const Recognizer recognizer = load();
  const std::vector<float> samples = test::buzz(3.9, 113, 3);
  EXPECT_TRUE(recognizer.predict_samples(samples, "x", {.window_s = 3.0}).windows.empty());
  EXPECT_TRUE(recognizer.predict_samples(samples, "x", {.window_s = 30.0}).windows.empty());
}

TEST(Recognizer, RefusesImpossibleWindows) {
  const Recognizer recognizer = load();
  const std::vector<float> samples = test::buzz(1.0, 113, 3);
  for (const double window : {0.0, 0.9, -1.0, 30.1, std::nan(""), HUGE_VAL}) {
    EXPECT_UNDERTONE_ERROR(recognizer.predict_samples(samples, "x", {.window_s = window}),
                           ErrorCode::kInvalidArgument, "windows");
  }
}

TEST(Recognizer, SamplesFromMemoryAreAFilesSamples) {
  const Recognizer recognizer = load();
  const std::vector<float> samples = test::buzz(1.7, 200, 9);
  const std::string bytes = test::wav(samples);
  std::vector<float> heard = samples;  // as 16 bits hold them
  for (float& sample : heard) sample = std::round(sample * 32767.0F) / 32768.0F;
  const Prediction from_file = recognizer.predict_memory(std::as_bytes(std::span(bytes)), "x.wav");
  const Prediction from_samples = recognizer.predict_samples(heard, "x");
  expect_same(from_samples, from_file);
  heard[5] = std::nanf("");
  EXPECT_UNDERTONE_ERROR(recognizer.predict_samples(heard, "x"), ErrorCode::kAudioUnreadable,
                         "finite");
}

TEST(Recognizer, HoldsToTheLongestDuration) {
  const Recognizer recognizer = load();
  const std::vector<float> samples = test::buzz(3.0, 113, 3);
  const std::string bytes = test::wav(samples);
  EXPECT_UNDERTONE_ERROR(recognizer.predict_samples(samples, "x", {.max_duration_s = 2.5}),
                         ErrorCode::kAudioTooLong, "x");
  EXPECT_UNDERTONE_ERROR(
      recognizer.predict_memory(std::as_bytes(std::span(bytes)), "x.wav", {.max_duration_s = 2.5}),
      ErrorCode::kAudioTooLong, "x.wav");
}

TEST(Recognizer, StopsOnRequest) {
  const Recognizer recognizer = load();
  const std::vector<float> samples = test::buzz(3.0, 113, 3);
  std::stop_source source;
  source.request_stop();
  EXPECT_UNDERTONE_ERROR(recognizer.predict_samples(samples, "x", {.stop = source.get_token()}),
                         ErrorCode::kCancelled, "x");
}

TEST(Recognizer, SaysWhereItsClassifierComesFrom) {
  const Recognizer recognizer = load();
  EXPECT_EQ(recognizer.provenance().dimension, 32U);
  EXPECT_TRUE(recognizer.provenance().scores.empty());
  EXPECT_NE(recognizer.provenance().created_by.find("undertone"), std::string::npos);
}

TEST(Recognizer, LoudSilentAndLongRecordingsGiveFiniteNumbers) {
  const Recognizer recognizer = load();
  const auto predict = [&recognizer](const std::vector<float>& samples) {
    const std::string bytes = test::wav(samples);
    const Prediction prediction =
        recognizer.predict_memory(std::as_bytes(std::span(bytes)), "x.wav");
    to_json(prediction);  // throws if any number is not finite
    std::vector<std::string> codes;
    for (const Warning& warning : prediction.warnings) codes.push_back(warning.code);
    return codes;
  };
  using Codes = std::vector<std::string>;
  EXPECT_EQ(predict(std::vector<float>(32000)), Codes{"silent_audio"});
  EXPECT_EQ(predict(test::buzz(0.6, 150)), Codes{"short_audio"});
  EXPECT_EQ(predict(test::buzz(61.0, 150)), Codes{"long_audio"});
  std::vector<float> square(32000);
  for (std::size_t i = 0; i < square.size(); ++i) square[i] = i / 50 % 2 == 0 ? 1.0F : -1.0F;
  EXPECT_EQ(predict(square), Codes{"clipped_audio"});
}

TEST(Recognizer, TooShortIsAnError) {
  const Recognizer recognizer = load();
  const std::string bytes = test::wav(test::buzz(0.4, 150));
  EXPECT_UNDERTONE_ERROR(recognizer.predict_memory(std::as_bytes(std::span(bytes)), "x.wav"),
                         ErrorCode::kAudioTooShort, "x.wav: 0.40 s");
}

TEST(Recognizer, SaysWhatIsMissing) {
  const test::TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(Recognizer::load({.encoder = (folder / "none").string()}),
                         ErrorCode::kModelNotFound, "none");
  EXPECT_UNDERTONE_ERROR(Recognizer::load({.encoder = TinyModel::get().encoder().string(),
                                           .bundle = folder / "none.safetensors"}),
                         ErrorCode::kModelNotFound, "none.safetensors");
  ThreadPool pool(1);
  encoder::write_random_checkpoint(*encoder::preset_config("tiny"), 2, folder / "bare", false,
                                   pool);
  EXPECT_UNDERTONE_ERROR(Recognizer::load({.encoder = (folder / "bare").string()}),
                         ErrorCode::kModelNotFound, "no classifier was trained for");
}

TEST(Recognizer, RefusesABundleOfAnotherEncoderOrLayer) {
  const test::TemporaryFolder folder;
  ThreadPool pool(1);
  encoder::write_random_checkpoint(*encoder::preset_config("tiny"), 2, folder / "other", false,
                                   pool);
  const auto bundle = TinyModel::get().encoder() / "bundle.safetensors";
  EXPECT_UNDERTONE_ERROR(
      Recognizer::load({.encoder = (folder / "other").string(), .bundle = bundle}),
      ErrorCode::kModelMismatch, "other");
  const std::string encoder = TinyModel::get().encoder().string();
  EXPECT_UNDERTONE_ERROR(Recognizer::load({.encoder = encoder, .layer = 1}),
                         ErrorCode::kModelMismatch, "hidden state 1");
  EXPECT_NO_THROW(Recognizer::load({.encoder = encoder, .layer = 2}));
}

TEST(Recognizer, RefusesABundleOfWhispersOtherContext) {
  const test::TemporaryFolder folder;
  ThreadPool pool(1);
  encoder::EncoderConfig config = *encoder::preset_config("whisper-tiny");
  config.max_positions = 100;  // 2 s, so that the clip needs several windows
  config.hidden_size = 32;
  config.heads = 4;
  config.feed_forward_size = 64;
  config.layers = 2;
  const auto encoder_folder = folder / "whisper";
  encoder::write_random_checkpoint(config, 1, encoder_folder, false, pool);
  std::vector<pipeline::Recording> recordings;
  for (int i = 0; i < 8; ++i) {
    const auto clip = folder / ("clip" + std::to_string(i) + ".wav");
    test::write_file(
        clip, test::wav(test::buzz(5.2, i % 2 == 1 ? 260 + i : 110 + i, static_cast<unsigned>(i))));
    dataset::Clip known;
    known.filepath = clip.filename().string();
    known.emotion = i % 2 == 1 ? "Happy" : "Sad";
    recordings.push_back({clip, known});
  }
  for (const auto& [context, other] :
       {std::pair{Context::kPadded, Context::kClip}, std::pair{Context::kClip, Context::kPadded}}) {
    const pipeline::EmbeddingExtractor extractor(
        {.encoder = encoder_folder.string(), .threads = 1, .context = context});
    pipeline::extract_to_file(extractor, recordings, folder / "emb.npz",
                              {.choice = {{2}, encoder::Pooling::kMean}, .overwrite = true});
    const auto training =
        pipeline::train_classifier(pipeline::read_embeddings(folder / "emb.npz"), {}, pool);
    const auto bundle = folder / "bundle.safetensors";
    classifier::save_bundle(bundle, training.bundle);
    const auto load = [&](Context chosen) {
      return Recognizer::load(
          {.encoder = encoder_folder.string(), .bundle = bundle, .context = chosen});
    };
    EXPECT_EQ(load(context).predict_file(folder / "clip1.wav").label, "Happy");
    EXPECT_UNDERTONE_ERROR(load(other), ErrorCode::kModelMismatch, "(clip context)");
  }
}

TEST(DatasetExtraction, KeepsOrderAndListsFailures) {
  const TinyModel& model = TinyModel::get();
  std::vector<pipeline::Recording> recordings(5);
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    recordings[i].file = model.clip(static_cast<int>(i));
    recordings[i].clip.filepath = recordings[i].file.filename().string();
  }
  recordings[2].file = model.folder() / "none.wav";
  recordings[2].clip.filepath = "none.wav";
  const test::TemporaryFolder folder;
  const auto extract = [&](unsigned threads) {
    const pipeline::EmbeddingExtractor extractor(
        {.encoder = model.encoder().string(), .threads = threads});
    std::size_t reports = 0;
    const auto summary = pipeline::extract_to_file(
        extractor, recordings, folder / "e.npz", {.choice = {{1}}, .overwrite = true},
        {.progress = [&reports](const pipeline::ExtractionProgress& progress) {
          EXPECT_EQ(progress.done, ++reports);
          EXPECT_EQ(progress.failure != nullptr, reports == 3);
        }});
    EXPECT_TRUE(summary.complete);
    EXPECT_EQ(summary.embeddings, 4U);
    EXPECT_EQ(summary.failures, 1U);
    EXPECT_EQ(reports, 5U);
    return pipeline::read_embeddings(folder / "e.npz");
  };
  const pipeline::EmbeddingTable one = extract(1);
  const pipeline::EmbeddingTable three = extract(3);
  EXPECT_EQ(one.paths,
            (std::vector<std::string>{"clip0.wav", "clip1.wav", "clip3.wav", "clip4.wav"}));
  EXPECT_EQ(one.ids, (std::vector<std::string>{"clip0", "clip1", "clip3", "clip4"}));
  EXPECT_EQ(one.failed_paths, std::vector<std::string>{"none.wav"});
  EXPECT_THAT(one.failed_reasons[0], ::testing::HasSubstr("file_not_found"));
  EXPECT_EQ(one.origin.layer, 1U);
  ASSERT_EQ(one.embeddings.rows(), 4U);
  for (std::size_t i = 0; i < 4 * one.embeddings.cols(); ++i) {
    ASSERT_EQ(one.embeddings.data()[i], three.embeddings.data()[i]);
  }
}

TEST(Recognizer, PoolsAsTheBundleSays) {
  const TinyModel& model = TinyModel::get();
  const Recognizer recognizer =
      Recognizer::load({.encoder = model.encoder().string(),
                        .bundle = model.folder() / "deviation.safetensors",
                        .threads = 1});
  EXPECT_EQ(recognizer.model().pooling, "mean+std");
  EXPECT_EQ(recognizer.predict_file(model.clip(0)).label, "Sad");
  EXPECT_EQ(recognizer.predict_file(model.clip(1)).label, "Happy");
  EXPECT_EQ(load().model().pooling, "mean");
}

TEST(DatasetExtraction, AllLayersAreThoseOneByOne) {
  const TinyModel& model = TinyModel::get();
  const pipeline::EmbeddingExtractor extractor({.encoder = model.encoder().string(), .threads = 1});
  std::vector<pipeline::Recording> recordings(2);
  for (auto& recording : recordings) recording.file = model.clip(0);
  recordings[1].file = model.clip(1);
  const test::TemporaryFolder folder;
  const auto extract = [&](std::vector<std::size_t> layers) {
    pipeline::extract_to_file(
        extractor, recordings, folder / "e.npz",
        {.choice = {std::move(layers), encoder::Pooling::kMeanStd}, .overwrite = true});
  };
  EXPECT_EQ(extractor.all_layers(), (std::vector<std::size_t>{0, 1, 2}));
  std::vector<pipeline::EmbeddingTable> single;
  for (std::size_t layer = 0; layer < 3; ++layer) {
    extract({layer});
    single.push_back(pipeline::read_embeddings(folder / "e.npz"));
    EXPECT_EQ(single.back().layers, std::vector<std::size_t>{layer});
  }
  extract(extractor.all_layers());
  for (std::size_t layer = 0; layer < 3; ++layer) {
    const auto table = pipeline::read_embeddings(folder / "e.npz", layer);
    EXPECT_EQ(table.origin.layer, layer);
    EXPECT_EQ(table.layers, (std::vector<std::size_t>{0, 1, 2}));
    ASSERT_EQ(table.embeddings.cols(), 2 * extractor.encoder().dimension());
    for (std::size_t i = 0; i < 2 * table.embeddings.cols(); ++i) {
      ASSERT_EQ(table.embeddings.data()[i], single[layer].embeddings.data()[i]);
    }
  }
  EXPECT_EQ(pipeline::read_embeddings(folder / "e.npz").origin.layer, 2U);
}

TEST(DatasetExtraction, CanBeStopped) {
  const TinyModel& model = TinyModel::get();
  const pipeline::EmbeddingExtractor extractor({.encoder = model.encoder().string(), .threads = 1});
  std::vector<pipeline::Recording> recordings(3);
  for (auto& recording : recordings) recording.file = model.clip(0);
  std::stop_source source;
  const test::TemporaryFolder folder;
  const auto extract = [&](std::stop_token stop) {
    return pipeline::extract_to_file(extractor, recordings, folder / "e.npz", {.choice = {{1}}},
                                     {.progress = [&](const auto&) { source.request_stop(); }},
                                     std::move(stop));
  };
  const auto stopped = extract(source.get_token());
  EXPECT_FALSE(stopped.complete);
  EXPECT_EQ(stopped.done, 1U);
  EXPECT_FALSE(std::filesystem::exists(folder / "e.npz"));
  EXPECT_TRUE(std::filesystem::exists(pipeline::journal_path(folder / "e.npz")));
  EXPECT_TRUE(extract({}).complete);
  EXPECT_EQ(pipeline::read_embeddings(folder / "e.npz").embeddings.rows(), 3U);
  EXPECT_FALSE(std::filesystem::exists(pipeline::journal_path(folder / "e.npz")));
}

TEST(EmbeddingExtractor, KnowsItsLayers) {
  const pipeline::EmbeddingExtractor extractor(
      {.encoder = TinyModel::get().encoder().string(), .threads = 1});
  EXPECT_EQ(extractor.require_layer({}), 2U);
  EXPECT_EQ(extractor.require_layer(0), 0U);
  EXPECT_UNDERTONE_ERROR(extractor.require_layer(3), ErrorCode::kInvalidArgument, "layers 0 to 2");
}

}  // namespace
}  // namespace undertone

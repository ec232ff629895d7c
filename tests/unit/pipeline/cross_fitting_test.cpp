#include "pipeline/cross_fitting.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "evaluation/cross_validation.hpp"
#include "pipeline/labelled_samples.hpp"
#include "pipeline/training.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::pipeline {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kLabels = {"Happy", "Sad", "Angry"};

// What an encoder makes of `speakers` speakers, numbered from `first`: clusters of this width about
// centres 4 from the origin, 20 clips of each label a speaker.
EmbeddingTable heard(unsigned seed, std::size_t first, std::size_t speakers, float width,
                     const std::string& fingerprint) {
  constexpr std::size_t kEach = 20;
  constexpr std::size_t kDimension = 3;
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  EmbeddingTable table;
  table.embeddings = tensor::Matrix<float>(speakers * kLabels.size() * kEach, kDimension);
  std::size_t row = 0;
  for (std::size_t s = first; s < first + speakers; ++s) {
    for (std::size_t c = 0; c < kLabels.size(); ++c) {
      for (std::size_t i = 0; i < kEach; ++i, ++row) {
        for (std::size_t d = 0; d < kDimension; ++d) {
          table.embeddings(row, d) = width * normal(random) + (d == c ? 4.0F : 0.0F);
        }
        table.labels.push_back(kLabels[c]);
        table.speakers.push_back("s" + std::to_string(s));
        table.paths.push_back("clip" + std::to_string(row) + ".wav");
        table.ids.push_back("clip" + std::to_string(row));
      }
    }
  }
  table.sentences.assign(row, "");
  table.corpora.assign(row, "one");
  table.origin = {"enc", fingerprint, 12, "mean", "soxr", "1"};
  return table;
}

constexpr float kClear = 0.7F;  // of speakers whom the encoder was trained on
constexpr float kVague = 3;     // of others
constexpr std::size_t kSpeakers = 8;

// What an encoder that was trained without speakers `first` to `first + count` makes of all.
EmbeddingTable fold_table(unsigned seed, std::size_t first, std::size_t count) {
  EmbeddingTable table = heard(seed, 0, kSpeakers, kClear, "fold" + std::to_string(seed));
  const EmbeddingTable vague = heard(seed + 100, 0, kSpeakers, kVague, "");
  auto& split = table.columns["split"];
  for (std::size_t r = 0; r < table.labels.size(); ++r) {
    const std::size_t speaker = r / (kLabels.size() * 20);
    const bool unheard = speaker >= first && speaker < first + count;
    split.emplace_back(unheard ? "test" : "train");
    if (!unheard) continue;
    std::copy_n(vague.embeddings.row(r).begin(), table.embeddings.cols(),
                table.embeddings.row(r).begin());
  }
  return table;
}

class CrossFitting : public ::testing::Test {
 protected:
  CrossFitting() {
    options_.classifier.pca.reset();
    options_.classifier.svm.gamma = 0.03;  // a kernel that still tells points far out apart
    write_embeddings(folder_ / "fold0.npz", fold_table(1, 0, 4));
    write_embeddings(folder_ / "fold1.npz", fold_table(2, 4, 4));
    files_ = {folder_ / "fold0.npz", folder_ / "fold1.npz"};
  }

  TrainingOptions calibrated() const {
    TrainingOptions options = options_;
    options.calibration = files_;
    return options;
  }

  // The training of the shipped table, with one fold file changed.
  template <class Change>
  Training with_fold(Change change) {
    EmbeddingTable table = fold_table(1, 0, 4);
    change(table);
    write_embeddings(folder_ / "changed.npz", table);
    TrainingOptions options = options_;
    options.calibration = {folder_ / "changed.npz"};
    return train_classifier(shipped_, options, pool_);
  }

  // ECE on speakers whom no encoder was trained on.
  double ece(const Training& training) {
    const EmbeddingTable fresh = heard(50, 20, 10, kVague, "f00");
    const auto names = training.bundle.classifier.class_names();
    const LabelledSamples labelled = labelled_samples(fresh, {names.begin(), names.end()});
    return evaluation::evaluate_classifier(labelled.samples, training.bundle.classifier, "", 0,
                                           pool_)
        .pooled.ece;
  }

  ThreadPool pool_{2};
  ::undertone::test::TemporaryFolder folder_;
  EmbeddingTable shipped_ = heard(9, 0, kSpeakers, kClear, "f00");
  TrainingOptions options_;
  std::vector<std::filesystem::path> files_;
};

TEST_F(CrossFitting, MakesProbabilitiesOfNewVoicesBelievable) {
  const double inside = ece(train_classifier(shipped_, options_, pool_));
  EXPECT_GT(inside, 0.1);
  EXPECT_LT(ece(train_classifier(shipped_, calibrated(), pool_)), inside / 2);
  TrainingOptions rest = calibrated();
  rest.classifier.svm.multiclass = classifier::Multiclass::kOneVsRest;
  EXPECT_LT(ece(train_classifier(shipped_, rest, pool_)), inside / 2);
}

TEST_F(CrossFitting, IsRecorded) {
  const Training training = train_classifier(shipped_, calibrated(), pool_);
  const auto& record = training.bundle.provenance.calibration;
  ASSERT_TRUE(record);
  EXPECT_EQ(record->encoder_fingerprints, (std::vector<std::string>{"fold1", "fold2"}));
  EXPECT_EQ(record->clips, 480U);
  EXPECT_EQ(record->speakers, 8U);
  EXPECT_EQ(in_words(*record),
            "cross-fitted on 480 clips of 8 speakers whom the encoders had not heard (2 encoders: "
            "fold1, fold2)");
  EXPECT_EQ(training.bundle.provenance.encoder.fingerprint, "f00");
  EXPECT_EQ(training.report.speakers, 8U);
  EXPECT_TRUE(training.report.notices.empty());
  EXPECT_FALSE(train_classifier(shipped_, options_, pool_).bundle.provenance.calibration);
}

// The machines are those of the shipped table; only their sigmoids come from the files.
TEST_F(CrossFitting, LeavesTheMachinesAlone) {
  const auto inside = train_classifier(shipped_, options_, pool_);
  const auto outside = train_classifier(shipped_, calibrated(), pool_);
  const auto& a = inside.bundle.classifier.svm()->parameters();
  const auto& b = outside.bundle.classifier.svm()->parameters();
  EXPECT_EQ(a.intercept, b.intercept);
  EXPECT_EQ(a.n_support, b.n_support);
  EXPECT_NE(a.platt_a, b.platt_a);
}

TEST_F(CrossFitting, TheSameInputsGiveTheSameBytesOnAnyNumberOfThreads) {
  std::vector<std::string> bytes;
  for (const unsigned threads : {1U, 2U, 5U}) {
    ThreadPool pool(threads);
    classifier::save_bundle(folder_ / "bundle",
                            train_classifier(shipped_, calibrated(), pool).bundle);
    bytes.push_back(::undertone::test::read_file(folder_ / "bundle"));
  }
  EXPECT_EQ(bytes[0], bytes[1]);
  EXPECT_EQ(bytes[0], bytes[2]);
}

TEST_F(CrossFitting, UsesTheSettingsThatASearchFound) {
  TrainingOptions searched = calibrated();
  searched.search.emplace();
  searched.search->costs = {0.01, 3};
  searched.search->gammas = {classifier::GammaRule::kScale};
  searched.search->pca = {classifier::PcaSize{std::size_t{2}}, std::nullopt};
  const Training found = train_classifier(shipped_, searched, pool_);
  ASSERT_TRUE(found.bundle.provenance.calibration);
  TrainingOptions fixed = calibrated();
  fixed.classifier = found.report.search->tried[found.report.search->best].options;
  const Training again = train_classifier(shipped_, fixed, pool_);
  EXPECT_EQ(found.bundle.classifier.svm()->parameters().platt_a,
            again.bundle.classifier.svm()->parameters().platt_a);
  const Training layer = train_best_layer(
      {12}, [&](std::size_t) { return heard(9, 0, kSpeakers, kClear, "f00"); }, searched, pool_);
  EXPECT_EQ(layer.bundle.classifier.svm()->parameters().platt_a,
            again.bundle.classifier.svm()->parameters().platt_a);
}

TEST_F(CrossFitting, LeavesOutWhatIsNeitherTrainedOnNorTested) {
  const Training training = with_fold([](EmbeddingTable& table) {
    for (std::size_t r = 0; r < 60; ++r) table.columns["split"][r] = r < 30 ? "dev" : "";
    for (std::size_t r = 60; r < 70; ++r) table.labels[r] = "bored";
  });
  const auto& record = training.bundle.provenance.calibration;
  EXPECT_EQ(record->clips, 170U);
  EXPECT_EQ(record->speakers, 3U);
  ASSERT_EQ(training.report.notices.size(), 1U);
  EXPECT_THAT(training.report.notices[0], HasSubstr("changed.npz: 30 clips have no part"));
}

TEST_F(CrossFitting, RefusesFilesThatCannotBeMeant) {
  const auto refuses = [&](ErrorCode code, const char* words, auto change) {
    EXPECT_UNDERTONE_ERROR(with_fold(change), code, words);
    EXPECT_UNDERTONE_ERROR(with_fold(change), code, "changed.npz");
  };
  refuses(ErrorCode::kModelMismatch,
          "the width of these embeddings is 5, that of the embeddings "
          "to train on is 3",
          [](EmbeddingTable& table) {
            table.embeddings = tensor::Matrix<float>(table.labels.size(), 5);
            for (std::size_t i = 0; i < table.labels.size() * 5; ++i)
              table.embeddings.data()[i] = 1;
          });
  refuses(ErrorCode::kModelMismatch, "pooling of these embeddings is mean+std",
          [](EmbeddingTable& table) { table.origin.pooling = "mean+std"; });
  refuses(ErrorCode::kInvalidArgument, "12",
          [](EmbeddingTable& table) { table.origin.layer = 11; });
  refuses(ErrorCode::kDataInvalid, "no column 'split'",
          [](EmbeddingTable& table) { table.columns.clear(); });
  refuses(ErrorCode::kDataInvalid, "'maybe' in the column 'split' is no part of a split",
          [](EmbeddingTable& table) { table.columns["split"][3] = "maybe"; });
  const auto mark_all = [](const char* mark) {
    return
        [mark](EmbeddingTable& table) { table.columns["split"].assign(table.labels.size(), mark); };
  };
  refuses(ErrorCode::kDataInvalid, "says 'train' of no clip", mark_all("test"));
  refuses(ErrorCode::kDataInvalid, "says 'test' of no clip", mark_all("train"));
  refuses(ErrorCode::kDataInvalid, "says 'train' of no clip",
          [](EmbeddingTable& table) { table.labels.assign(table.labels.size(), "bored"); });
  refuses(ErrorCode::kDataInvalid, "class 'Sad' is missing among the clips marked 'train'",
          [](EmbeddingTable& table) {
            for (std::size_t r = 240; r < 480; ++r) {
              if (table.labels[r] == "Sad") table.columns["split"][r] = "";
            }
          });
  refuses(ErrorCode::kDataInvalid, "the speaker 's1' has clips marked 'train' and",
          [](EmbeddingTable& table) { table.columns["split"][70] = "train"; });
  refuses(ErrorCode::kDataInvalid, "the embedding of 'clip250.wav' holds nan",
          [](EmbeddingTable& table) {
            table.embeddings(250, 1) = std::numeric_limits<float>::quiet_NaN();
          });
}

TEST_F(CrossFitting, EveryClassMustBeTestedSomewhere) {
  const auto without_sad = [](EmbeddingTable& table) {
    for (std::size_t r = 0; r < 240; ++r) {
      if (table.labels[r] == "Sad") table.columns["split"][r] = "";
    }
  };
  EXPECT_UNDERTONE_ERROR(with_fold(without_sad), ErrorCode::kDataInvalid,
                         "none of the files for calibration has a clip of class 'Sad'");
  TrainingOptions options = options_;
  options.calibration = {folder_ / "changed.npz", folder_ / "fold1.npz"};
  EXPECT_EQ(train_classifier(shipped_, options, pool_).bundle.provenance.calibration->clips, 400U);
}

TEST_F(CrossFitting, SaysWhatMayNotBeMeant) {
  const Training same =
      with_fold([](EmbeddingTable& table) { table.origin.encoder_fingerprint = "f00"; });
  ASSERT_EQ(same.report.notices.size(), 1U);
  EXPECT_THAT(same.report.notices[0], HasSubstr("changed.npz: the encoder is the same as"));
  const Training unknown = with_fold([](EmbeddingTable& table) { table.speakers[5].clear(); });
  ASSERT_EQ(unknown.report.notices.size(), 1U);
  EXPECT_THAT(unknown.report.notices[0], HasSubstr("not all speakers are known"));
  EXPECT_EQ(unknown.bundle.provenance.calibration->speakers, 0U);
  EXPECT_THAT(in_words(*unknown.bundle.provenance.calibration),
              HasSubstr("240 clips that the encoders had not heard (1 encoder: fold1)"));
}

TEST_F(CrossFitting, IsOfSupportVectorMachinesOnly) {
  for (const auto kind :
       {classifier::ClassifierKind::kLogistic, classifier::ClassifierKind::kForest,
        classifier::ClassifierKind::kEnsemble}) {
    TrainingOptions options = calibrated();
    options.classifier.kind = kind;
    EXPECT_UNDERTONE_ERROR(train_classifier(shipped_, options, pool_), ErrorCode::kInvalidArgument,
                           std::string(to_string(kind)));
  }
}

TEST_F(CrossFitting, StopsOnRequest) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_UNDERTONE_ERROR(train_classifier(shipped_, calibrated(), pool_, stop.get_token()),
                         ErrorCode::kCancelled, "stopped");
}

}  // namespace
}  // namespace undertone::pipeline

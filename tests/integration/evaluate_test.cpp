// `undertone evaluate`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "cli_environment.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::test {
namespace {

using pipeline::EmbeddingTable;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Two corpora of five speakers each, three emotions; speakers have their own manner.
EmbeddingTable made_up() {
  constexpr std::size_t kSpeakers = 10;
  constexpr std::size_t kEach = 4;
  constexpr std::size_t kDimension = 8;
  const std::vector<std::string> emotions = {"Happy", "Sad", "Angry"};
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  EmbeddingTable table;
  table.embeddings = tensor::Matrix<float>(kSpeakers * emotions.size() * kEach, kDimension);
  std::size_t row = 0;
  for (std::size_t s = 0; s < kSpeakers; ++s) {
    for (std::size_t c = 0; c < emotions.size(); ++c) {
      const float manner = 2 * normal(random);
      for (std::size_t i = 0; i < kEach; ++i, ++row) {
        for (std::size_t d = 0; d < kDimension; ++d) {
          table.embeddings(row, d) =
              normal(random) + (d == c ? 2.5F : 0) + (d == 3 + c ? manner : 0);
        }
        table.labels.push_back(emotions[c]);
        table.speakers.push_back("s" + std::to_string(s));
        table.sentences.push_back("t" + std::to_string(i));
        table.corpora.emplace_back(s < 5 ? "one" : "two");
        table.paths.push_back("clip" + std::to_string(row) + ".wav");
        table.ids.push_back("clip" + std::to_string(row));
        table.columns["sex"].emplace_back(s % 2 == 0 ? "female" : "male");
        table.columns["listener_emotion"].emplace_back(i == 0 ? "" : emotions[c]);
      }
    }
  }
  table.origin = {"made-up", "f00", 3, "mean", "soxr", "1"};
  return table;
}

class Evaluate : public ::testing::Test {
 protected:
  Evaluate() { pipeline::write_embeddings(folder_ / "emb.npz", made_up()); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  ProgramResult evaluate(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"evaluate", file("emb.npz")});
    return undertone(arguments);
  }

  // The table changed, under another name.
  std::string changed(const std::string& name, auto change) const {
    EmbeddingTable table = made_up();
    change(table);
    pipeline::write_embeddings(folder_ / name, table);
    return file(name);
  }

  TemporaryFolder folder_;
};

TEST_F(Evaluate, SaysTheSplitFirst) {
  const ProgramResult result = evaluate({});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(
      lines(result.out)[0],
      "Speaker-independent: 5 folds over 10 speakers; no speaker is on both sides of a fold.");
  for (const char* part :
       {"accuracy", "UAR", "macro-F1", "95 % interval", "2000 resamples of speakers",
        "Calibration error", "Brier score", "precision", "recall", "is Happy", "corpus one",
        "sex female", "Listeners: on 90 clips", "8 principal components instead of 200",
        "encoder                     made-up", "gamma = scale"}) {
    EXPECT_THAT(result.out, HasSubstr(part));
  }
  EXPECT_THAT(result.out, Not(HasSubstr("not speaker-independent")));
}

TEST_F(Evaluate, IsTheSameOnAnyNumberOfThreads) {
  const ProgramResult one = evaluate({"--threads", "1", "--repeats", "2"});
  const ProgramResult three = evaluate({"--threads", "3", "--repeats", "2"});
  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(one.out, three.out);
  EXPECT_NE(evaluate({"--repeats", "2", "--seed", "1"}).out, one.out);
}

TEST_F(Evaluate, ComparesSplits) {
  const ProgramResult result = evaluate({"--compare", "random,speaker"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("Random: 5 stratified folds over 120 clips"));
  EXPECT_THAT(result.out, HasSubstr("Speaker-independent: 5 folds"));
  EXPECT_THAT(result.out, HasSubstr("these figures are not speaker-independent"));
  EXPECT_THAT(result.out, HasSubstr("Side by side, %"));
  EXPECT_THAT(result.out, HasSubstr("difference"));
  EXPECT_THAT(result.out, HasSubstr("speaker against random: "));
  EXPECT_THAT(result.out, HasSubstr("the same speakers drawn for both"));
}

TEST_F(Evaluate, KnowsAllSplits) {
  const auto first_line = [&](std::vector<std::string> arguments) {
    const ProgramResult result = evaluate(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.exit_code == 0 ? lines(result.out)[0] : "";
  };
  EXPECT_THAT(first_line({"--split", "random", "--folds", "4"}),
              StartsWith("Random: 4 stratified"));
  EXPECT_THAT(first_line({"--split", "sentence", "--folds", "4"}),
              StartsWith("Sentence-independent: 4 folds over 4 sentences"));
  EXPECT_THAT(first_line({"--split", "holdout"}),
              StartsWith("Speaker-independent holdout: 70 % of 120 clips of 10 speakers"));
  EXPECT_THAT(first_line({"--split", "holdout-random", "--shares", "8/2"}),
              StartsWith("Random holdout: 80 % of 120 clips for training, 0 % for validation"));
  EXPECT_THAT(first_line({"--split", "corpus"}),
              StartsWith("Cross-corpus: each of 2 corpora (one, two)"));
  EXPECT_EQ(first_line({"--train-on", "two", "--test-on", "one"}),
            "Cross-corpus: trained on two, tested on one.");
}

TEST_F(Evaluate, TestsOnAnotherFile) {
  const std::string other = changed("other.npz", [](EmbeddingTable& table) {
    for (std::size_t r = 0; r < 90; ++r) table.embeddings(r, 7) += 0.25F;  // 90 new, 30 as before
    for (std::string& speaker : table.speakers) speaker += "-other";
  });
  const ProgramResult result = evaluate({"--test", other});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(lines(result.out)[0], HasSubstr("trained on 90 clips, tested on 120"));
  EXPECT_THAT(result.out, HasSubstr("30 clips were left out of training"));
  const ProgramResult same = evaluate({"--test", file("emb.npz")});
  EXPECT_EQ(same.exit_code, 1);
  EXPECT_THAT(same.err, HasSubstr("no clip is left to train on"));
  const std::string layer =
      changed("layer.npz", [](EmbeddingTable& table) { table.origin.layer = 4; });
  EXPECT_THAT(evaluate({"--test", layer}).err, HasSubstr("model_mismatch"));
}

TEST_F(Evaluate, ScoresAModelAsItIs) {
  ASSERT_EQ(undertone({"train", file("emb.npz"), "-o", file("m.st")}).exit_code, 0);
  const ProgramResult result = evaluate({"--model", file("m.st")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(lines(result.out)[0],
              StartsWith("A classifier trained before (m.st, trained on one, two) predicts 120"));
  EXPECT_THAT(result.out, HasSubstr("if these are the same, the figures mean nothing"));
  const std::string foreign =
      changed("foreign.npz", [](EmbeddingTable& t) { t.origin.encoder_fingerprint = "e11"; });
  const ProgramResult mismatch = undertone({"evaluate", foreign, "--model", file("m.st")});
  EXPECT_EQ(mismatch.exit_code, 3);
  EXPECT_THAT(mismatch.err, HasSubstr("model_mismatch"));
  EXPECT_EQ(evaluate({"--model", file("none.st")}).exit_code, 3);
  EXPECT_EQ(evaluate({"--model", file("emb.npz")}).exit_code, 3);
}

TEST_F(Evaluate, ScoresAModelOnThePublishedTestPart) {
  ASSERT_EQ(undertone({"train", file("emb.npz"), "-o", file("m.st")}).exit_code, 0);
  EXPECT_THAT(evaluate({"--model", file("m.st"), "--split", "published"}).err,
              HasSubstr("no column 'split'"));
  const auto marked = [&](const char* first, const char* other) {
    return changed("marked.npz", [&](EmbeddingTable& table) {
      for (std::size_t r = 0; r < table.labels.size(); ++r) {
        table.columns["split"].emplace_back(r < 36 ? first : other);
      }
    });
  };
  const ProgramResult result = undertone({"evaluate", marked("Test", "train"), "--model",
                                          file("m.st"), "--split", "published", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = Json::parse(result.out);
  EXPECT_THAT(result.out,
              HasSubstr("predicts 36 clips, those that the column 'split' marks as test; that"));
  EXPECT_EQ(report["evaluations"][0]["scores"]["samples"], 36);
  EXPECT_EQ(
      undertone({"evaluate", marked("dev", ""), "--model", file("m.st"), "--split", "published"})
          .exit_code,
      1);
}

TEST_F(Evaluate, SearchesInsideEachFold) {
  const ProgramResult result = evaluate({"--folds", "2", "--search-c", "0.1,1", "--search-pca",
                                         "2,none", "--search-folds", "3", "--gamma", "auto"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Fold 1 chose C = "));
  EXPECT_THAT(result.out, HasSubstr("Fold 2 chose C = "));
  EXPECT_THAT(result.out,
              HasSubstr("the best of 4 combinations, chosen inside each training part"));
}

TEST_F(Evaluate, BadDataAreExplained) {
  const auto refused = [&](const std::string& input, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"evaluate", input});
    const ProgramResult result = undertone(options);
    EXPECT_EQ(result.exit_code, 1) << result.out;
    EXPECT_EQ(result.out, "");
    return result.err;
  };
  EXPECT_THAT(refused(file("none.npz")), HasSubstr("file_not_found"));
  EXPECT_THAT(refused(file("emb.npz"), {"--folds", "11"}), HasSubstr("there are 10 speakers"));
  EXPECT_THAT(refused(file("emb.npz"), {"--folds", "11"}), HasSubstr("--folds 10"));
  EXPECT_THAT(refused(file("emb.npz"), {"--classes", "Sad,Fear"}),
              HasSubstr("no embedding has the label 'Fear'"));
  EXPECT_THAT(refused(file("emb.npz"), {"--split", "published"}), HasSubstr("no column 'split'"));
  EXPECT_THAT(refused(changed("a.npz", [](auto& t) { t.labels.assign(120, ""); })),
              HasSubstr("none of the 120 embeddings has a label"));
  EXPECT_THAT(refused(changed("b.npz", [](auto& t) { t.labels.assign(120, "Sad"); })),
              HasSubstr("labels of 1 of the six emotions"));
  EXPECT_THAT(
      refused(changed("c.npz", [](auto& t) { t.speakers[4].clear(); }), {"--split", "speaker"}),
      HasSubstr("the speaker of 1 of 120 clips is not known"));
  EXPECT_THAT(
      refused(changed(
          "d.npz", [](auto& t) { t.embeddings(9, 1) = std::numeric_limits<float>::quiet_NaN(); })),
      HasSubstr("the embedding of 'clip9.wav' holds nan in column 1"));
  const std::string other = changed("e.npz", [](auto& t) { t.origin.encoder_fingerprint = "e11"; });
  const ProgramResult mixed = evaluate({other});
  EXPECT_EQ(mixed.exit_code, 3);
  EXPECT_THAT(mixed.err, HasSubstr("e11"));
}

TEST_F(Evaluate, UnknownSpeakersMeanARandomSplitThatSaysSo) {
  const std::string input =
      changed("u.npz", [](EmbeddingTable& table) { table.speakers.assign(120, ""); });
  const ProgramResult result = undertone({"evaluate", input});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("Random: "));
  EXPECT_THAT(result.out, HasSubstr("The speaker of 120 of 120 clips is not known"));
  EXPECT_THAT(result.out, HasSubstr("2000 resamples of clips"));
}

TEST_F(Evaluate, UsageErrorsAreExitCode2) {
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--split", "x"},
                                             {"--split", "speaker", "--compare", "random,speaker"},
                                             {"--split", "speaker", "--train-on", "one"},
                                             {"--model", "m", "--split", "speaker"},
                                             {"--model", "m", "--C", "2"},
                                             {"--test", "x", "--split", "random"},
                                             {"--shares", "70/15/15"},
                                             {"--split", "holdout", "--shares", "70/15/15/1"},
                                             {"--split", "holdout", "--shares", "70"},
                                             {"--split", "holdout", "--shares", "0/1"},
                                             {"--folds", "1"},
                                             {"--repeats", "0"},
                                             {"--layer", "x"},
                                             {"--layer", "9"},
                                             {"--layer", "all"},
                                             {"--C", "0"},
                                             {"--pca", "x"},
                                             {"--train-on", "one", "--test-on", "one"}}) {
    EXPECT_EQ(evaluate(options).exit_code, 2) << ::testing::PrintToString(options);
  }
}

TEST_F(Evaluate, NamesCannotSteerTheTerminal) {
  const std::string input = changed("steer.npz", [](EmbeddingTable& table) {
    for (std::string& label : table.labels) label += "\x1b[2J";
    table.origin.encoder = "enc\x1b[2J";
  });
  const ProgramResult result =
      undertone({"evaluate", input, "--classes", "Happy\x1b[2J,Sad\x1b[2J,Angry\x1b[2J"});
  EXPECT_THAT(result.out + result.err, Not(HasSubstr("\x1b")));
}

TEST_F(Evaluate, WritesAReport) {
  const std::string report = file("report");
  const ProgramResult result = evaluate({"--compare", "random,speaker", "--report", report});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("report.html"));
  const std::string page = read_file(report + "/report.html");
  EXPECT_THAT(page, HasSubstr("Random: 5 stratified folds"));
  EXPECT_THAT(page, HasSubstr("Speaker-independent: 5 folds"));
  EXPECT_EQ(Json::parse(read_file(report + "/report.json"))["evaluations"].size(), 2U);

  const ProgramResult again = evaluate({"--report", report});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("output_exists"));
  EXPECT_EQ(again.out, "");
  EXPECT_EQ(read_file(report + "/report.html"), page);
  EXPECT_EQ(evaluate({"--report", report, "--force"}).exit_code, 0);
  EXPECT_NE(read_file(report + "/report.html"), page);
}

TEST_F(Evaluate, AReportThatCannotBeWrittenIsAnError) {
  write_file(file("taken"), "a file where the folder should be");
  const ProgramResult result = evaluate({"--report", file("taken")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("file_unwritable"));
}

TEST_F(Evaluate, PrintsJson) {
  const ProgramResult result = evaluate({"--json", "-q"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json study = Json::parse(result.out);
  ASSERT_EQ(study["evaluations"].size(), 1U);
  EXPECT_EQ(study["evaluations"][0]["split"], "speaker");
}

TEST_F(Evaluate, AFullStandardOutputIsAnError) {
  const ProgramResult result =
      undertone({"evaluate", file("emb.npz")}, {.standard_output = "/dev/full"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("file_unwritable"));
}

}  // namespace
}  // namespace undertone::test

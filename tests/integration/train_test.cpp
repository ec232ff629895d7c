// `undertone train`.
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "cli_environment.hpp"
#include "pipeline/embedding_file.hpp"
#include "support/paths.hpp"
#include "support/wav.hpp"

namespace undertone::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Train, SaysWhatItTrained) {
  const TemporaryFolder folder;
  const std::string output = (folder / "b.safetensors").string();
  const ProgramResult result =
      undertone({"train", (playground() / "emb.npz").string(), "-o", output});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("16 embeddings of 4 speakers"));
  EXPECT_THAT(result.err, HasSubstr("16 principal components instead of 200"));
  EXPECT_EQ(undertone({"train", (playground() / "emb.npz").string(), "-o", output}).exit_code, 2);
  const ProgramResult inspected = undertone({"models", "inspect", output});
  ASSERT_EQ(inspected.exit_code, 0) << inspected.err;
  EXPECT_THAT(inspected.out, HasSubstr("Happy, Sad"));
  EXPECT_THAT(inspected.out, HasSubstr("undertone-small"));
  EXPECT_THAT(inspected.out, HasSubstr("buzz"));
}

TEST(Train, IsTheSameEveryTime) {
  const TemporaryFolder folder;
  for (const auto* threads : {"1", "2"}) {
    ASSERT_EQ(
        undertone({"train", (playground() / "emb.npz").string(), "-o", (folder / threads).string(),
                   "--licence", "test licence", "--threads", threads})
            .exit_code,
        0);
    EXPECT_EQ(read_file(folder / threads),
              read_file(playground() / "undertone-small/bundle.safetensors"));
  }
}

TEST(Train, OptionsReachTheModel) {
  const TemporaryFolder folder;
  const std::string output = (folder / "b").string();
  const ProgramResult result =
      undertone({"train", (playground() / "emb.npz").string(), "-o", output, "--pca", "4", "--C",
                 "2.5", "--gamma", "0.125", "--class-weight", "balanced", "--multiclass", "ovr",
                 "--classes", "sad,HAPPY", "--seed", "7"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("4 principal components"));
  const std::string inspected = undertone({"models", "inspect", output}).out;
  EXPECT_THAT(inspected, HasSubstr("Sad, Happy"));
  EXPECT_THAT(inspected, HasSubstr("(ovr), C = 2.5, gamma = 0.125, class weight balanced"));
  // Happy is first wherever it is shown, whatever the order in the bundle.
  EXPECT_THAT(undertone({"predict", clip(0), "--csv", "--model", output}).out,
              HasSubstr("confidence,Happy,Sad"));
}

TEST(Train, EveryClassifierTrainsPredictsAndIsTheSameOnAnyNumberOfThreads) {
  const TemporaryFolder folder;
  const std::string input = (playground() / "emb.npz").string();
  const std::pair<const char*, const char*> kinds[] = {
      {"svm", "support vectors"},
      {"logistic", "logistic regression, C = 1"},
      {"forest", "100 trees"},
      {"ensemble", "mean of the probabilities of"}};
  for (const auto& [kind, words] : kinds) {
    SCOPED_TRACE(kind);
    for (const auto* threads : {"1", "3"}) {
      const ProgramResult result =
          undertone({"train", input, "-o", (folder / threads).string(), "--force", "--classifier",
                     kind, "--threads", threads});
      ASSERT_EQ(result.exit_code, 0) << result.err;
      EXPECT_THAT(result.out, HasSubstr(words));
    }
    EXPECT_EQ(read_file(folder / "1"), read_file(folder / "3"));
    const std::string bundle = (folder / "1").string();
    EXPECT_THAT(undertone({"models", "inspect", bundle}).out, HasSubstr(words));
    const ProgramResult predicted = undertone({"predict", clip(1), "--json", "--model", bundle});
    ASSERT_EQ(predicted.exit_code, 0) << predicted.err;
    EXPECT_EQ(Json::parse(predicted.out)["label"], "Happy");
    const ProgramResult evaluated =
        undertone({"evaluate", input, "--folds", "2", "--classifier", kind});
    ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
    EXPECT_THAT(evaluated.out, HasSubstr("Speaker-independent"));
  }
}

TEST(Train, UsageErrorsAreExitCode2) {
  const TemporaryFolder folder;
  const std::string input = (playground() / "emb.npz").string();
  const std::string output = (folder / "b").string();
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--pca", "0"},
                                             {"--pca", "1.5"},
                                             {"--pca", "x"},
                                             {"--gamma", "-1"},
                                             {"--gamma", "x"},
                                             {"--C", "0"},
                                             {"--C", "x"},
                                             {"--multiclass", "x"},
                                             {"--classifier", "x"},
                                             {"--classifier", "forest", "--C", "1"},
                                             {"--classifier", "forest", "--gamma", "1"},
                                             {"--classifier", "logistic", "--multiclass", "ovr"},
                                             {"--classifier", "logistic", "--search"},
                                             {"--classifier", "ensemble", "--weights", "1,2"},
                                             {"--classifier", "ensemble", "--weights", "1,2,0"},
                                             {"--trees", "10"},
                                             {"--max-depth", "3"},
                                             {"--weights", "1,1,1"},
                                             {"--class-weight", "x"},
                                             {"--layer", "x"},
                                             {"--layer", "all"},
                                             {"--search-c", "0"},
                                             {"--search-gamma", "x"},
                                             {"--search-pca", "-1"},
                                             {"--search-class-weight", "x"},
                                             {"--search-folds", "1"}}) {
    std::vector<std::string> arguments = {"train", input, "-o", output};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_EQ(undertone(arguments).exit_code, 2) << ::testing::PrintToString(options);
  }
  EXPECT_FALSE(std::filesystem::exists(output));
}

TEST(Train, DataThatCannotBeTrainedOn) {
  const TemporaryFolder folder;
  const std::string output = (folder / "b").string();
  const ProgramResult missing = undertone({"train", (folder / "none.npz").string(), "-o", output});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("file_not_found"));
  const ProgramResult absent = undertone(
      {"train", (playground() / "emb.npz").string(), "-o", output, "--classes", "Sad,Angry"});
  EXPECT_EQ(absent.exit_code, 1);
  EXPECT_THAT(absent.err, HasSubstr("no embedding has the label 'Angry'"));
}

TEST(Train, SearchesSettings) {
  const TemporaryFolder folder;
  const std::string output = (folder / "b").string();
  const ProgramResult result =
      undertone({"train", (playground() / "emb.npz").string(), "-o", output, "--search",
                 "--search-c", "0.5,2", "--search-pca", "2,none", "--gamma", "0.125"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Speaker-independent: 4 folds over 4 speakers"));
  EXPECT_THAT(result.err, HasSubstr("4 folds instead of 5"));
  EXPECT_THAT(result.out, HasSubstr("C = 0.5, gamma = 0.125, 2 components"));
  EXPECT_THAT(result.out, HasSubstr("C = 2, gamma = 0.125, no PCA"));
  EXPECT_THAT(result.out, HasSubstr("chosen by these figures, so they are no test"));
  const std::string inspected = undertone({"models", "inspect", output}).out;
  EXPECT_THAT(inspected, HasSubstr("selection_uar"));
  EXPECT_THAT(inspected, HasSubstr("selection, not a test: the best of 4 settings"));
  const std::string again = (folder / "again").string();
  ASSERT_EQ(undertone({"train", (playground() / "emb.npz").string(), "-o", again, "--search",
                       "--search-c", "0.5,2", "--search-pca", "2,none", "--gamma", "0.125",
                       "--threads", "1"})
                .exit_code,
            0);
  EXPECT_EQ(read_file(again), read_file(output));
}

TEST(Train, TakesSeveralFiles) {
  const TemporaryFolder folder;
  auto table = pipeline::read_embeddings(playground() / "emb.npz");
  for (std::string& speaker : table.speakers) speaker += "-twin";
  for (std::size_t i = 0; i < table.embeddings.rows(); ++i) table.embeddings(i, 0) += 0.5F;
  pipeline::write_embeddings(folder / "twins.npz", table);
  const std::string output = (folder / "b").string();
  const ProgramResult both = undertone({"train", (playground() / "emb.npz").string(),
                                        (folder / "twins.npz").string(), "-o", output});
  ASSERT_EQ(both.exit_code, 0) << both.err;
  EXPECT_THAT(both.out, HasSubstr("32 embeddings of 8 speakers"));
  table.origin.encoder_fingerprint = "of another encoder";
  pipeline::write_embeddings(folder / "other.npz", table);
  const ProgramResult mixed = undertone({"train", (playground() / "emb.npz").string(),
                                         (folder / "other.npz").string(), "-o", output, "--force"});
  EXPECT_EQ(mixed.exit_code, 3);
  EXPECT_THAT(mixed.err, HasSubstr("model_mismatch"));
  EXPECT_THAT(mixed.err, HasSubstr("(of another e"));
  const ProgramResult layer = undertone(
      {"train", (playground() / "emb.npz").string(), "-o", output, "--force", "--layer", "1"});
  EXPECT_EQ(layer.exit_code, 2);
  EXPECT_THAT(layer.err, HasSubstr("layer"));
}

// Two encoders of one recipe, each of which leaves two of the four speakers unheard.
TEST(Train, CalibratesOnSpeakersWhomOtherEncodersHaveNotHeard) {
  const TemporaryFolder folder;
  const std::string input = (playground() / "emb.npz").string();
  const std::string output = (folder / "b").string();
  const auto fold = [&](int number) {
    std::string metadata = "filepath,emotion,speaker_id,split\n";
    for (int i = 0; i < 16; ++i) {
      metadata += clip(i) + (i % 2 == 1 ? ",hap,s" : ",sad,s") + std::to_string(i / 4) +
                  (i / 8 == number ? ",test\n" : ",train\n");
    }
    const std::string name = "fold" + std::to_string(number);
    write_file(folder / (name + ".csv"), metadata);
    const std::string encoder = (folder / name).string();
    std::string file = (folder / (name + ".npz")).string();
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"models", "random", "tiny", "-o", encoder, "--seed", std::to_string(number + 2)},
             {"extract", (folder / (name + ".csv")).string(), "-o", file, "--encoder", encoder}}) {
      const ProgramResult result = undertone(arguments);
      EXPECT_EQ(result.exit_code, 0) << result.err;
    }
    return file;
  };
  const std::string first = fold(0);
  const std::string second = fold(1);
  const ProgramResult result =
      undertone({"train", input, "-o", output, "--calibration", first, second});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("16 embeddings of 4 speakers"));
  EXPECT_THAT(result.out, HasSubstr("Probabilities cross-fitted on 16 clips of 4 speakers whom the "
                                    "encoders had not heard (2 encoders: "));
  EXPECT_THAT(result.err, HasSubstr("fold0.npz: 8 principal components instead of 200"));
  EXPECT_THAT(undertone({"models", "inspect", output}).out,
              HasSubstr("calibration      cross-fitted on 16 clips of 4 speakers"));
  EXPECT_THAT(undertone({"evaluate", input, "--model", output, "--json"}).out,
              HasSubstr("cross-fitted on 16 clips of 4 speakers"));
  const ProgramResult predicted = undertone({"predict", clip(1), "--json", "--model", output});
  ASSERT_EQ(predicted.exit_code, 0) << predicted.err;
  EXPECT_EQ(Json::parse(predicted.out)["label"], "Happy");
  EXPECT_NE(Json::parse(predicted.out)["confidence"],
            Json::parse(undertone({"predict", clip(1), "--json"}).out)["confidence"]);

  const std::string again = (folder / "again").string();
  const auto fails = [&](const std::vector<std::string>& more, int code, const char* words) {
    std::vector<std::string> arguments = {"train", input, "-o", again};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult failed = undertone(arguments);
    EXPECT_EQ(failed.exit_code, code) << failed.err;
    EXPECT_THAT(failed.err, HasSubstr(words));
    EXPECT_FALSE(std::filesystem::exists(again));
  };
  fails({"--calibration", input}, 1, "the embeddings have no column 'split'");
  fails({"--calibration", first, "--classifier", "forest"}, 2, "not to --classifier forest");
  fails({"--calibration", (folder / "none.npz").string()}, 1, "file_not_found");
  auto narrow = pipeline::read_embeddings(first);
  narrow.embeddings = tensor::Matrix<float>(16, 3);
  for (std::size_t i = 0; i < 48; ++i) narrow.embeddings.data()[i] = 1;
  pipeline::write_embeddings(folder / "narrow.npz", narrow);
  fails({"--calibration", (folder / "narrow.npz").string()}, 3, "narrow.npz: the width");
}

TEST(Train, BadDataLeaveNothingBehind) {
  const TemporaryFolder folder;
  const std::string output = (folder / "b").string();
  const auto refused = [&](auto change) {
    auto table = pipeline::read_embeddings(playground() / "emb.npz");
    change(table);
    pipeline::write_embeddings(folder / "bad.npz", table);
    const ProgramResult result = undertone({"train", (folder / "bad.npz").string(), "-o", output});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_FALSE(std::filesystem::exists(output));
    return result.err;
  };
  using Table = pipeline::EmbeddingTable;
  EXPECT_THAT(refused([](Table& table) { table.labels.assign(16, ""); }),
              HasSubstr("none of the 16 embeddings has a label"));
  EXPECT_THAT(refused([](Table& table) { table.labels.assign(16, "bored"); }),
              HasSubstr("The labels are: 'bored'"));
  EXPECT_THAT(refused([](Table& table) { table.labels.assign(16, "Sad"); }),
              HasSubstr("labels of 1 of the six emotions"));
  EXPECT_THAT(refused([](Table& table) {
                table.embeddings(5, 3) = std::numeric_limits<float>::quiet_NaN();
              }),
              HasSubstr("the embedding of 'clips/clip05.wav' holds nan in column 3"));
}

TEST(Train, AFullDiskLeavesNothingHalfWritten) {
  const TemporaryFolder folder;
  const std::string output = (folder / "b").string();
  write_file(output, "precious");
  // No file may grow beyond half a KiB: writing fails as on a full disk.
  const std::string command = "trap '' XFSZ; ulimit -f 1; exec '" UNDERTONE_PROGRAM "' train '" +
                              (playground() / "emb.npz").string() + "' -o '" + output + "' --force";
  const ProgramResult result = run_program("/bin/sh", {"-c", command});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("file_unwritable"));
  EXPECT_EQ(read_file(output), "precious");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, ElementsAre("b"));
}

}  // namespace
}  // namespace undertone::test

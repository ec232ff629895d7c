#include "pipeline/corpus_preparation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <span>

#include "pipeline/recording_check.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "support/wav.hpp"

namespace undertone::pipeline {
namespace {

using dataset::CorpusListing;
using dataset::LeftOut;
using test::buzz;
using test::TemporaryFolder;
using test::wav;
using test::write_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RecordingCheck, TellsWhatTheRecordingIs) {
  const TemporaryFolder folder;
  write_file(folder / "a.wav", wav(buzz(1.5, 120, 1, 22050), 22050));
  const RecordingFacts facts = check_recording(folder / "a.wav");
  EXPECT_EQ(facts.sample_rate, 22050);
  EXPECT_EQ(facts.channels, 1);
  EXPECT_NEAR(facts.quality.duration_s, 1.5, 1e-3);
  EXPECT_FALSE(facts.quality.silent());
  EXPECT_TRUE(facts.complete);
  EXPECT_FALSE(check_recording(folder / "a.wav", 1.0).complete);
}

TEST(RecordingCheck, TheDigestIsOfTheDecodedSamples) {
  const TemporaryFolder folder;
  // 0.25 s at zero: 4000 floats of four zero bytes each.
  write_file(folder / "zero.wav", wav(std::vector<float>(4000)));
  EXPECT_EQ(check_recording(folder / "zero.wav").sha256,
            "f85f2c34eb2843d2aa5951ee6e8e76985655b2e3ae2cbdd76bdfd654ecf19997");
}

// A folder of recordings with something wrong with most of them.
class CorpusPreparation : public ::testing::Test {
 protected:
  CorpusPreparation() {
    add("a_good.wav", wav(buzz(2.0, 110)), "Sad");
    add("b_same.wav", wav(buzz(2.0, 110)), "Happy");
    add("c_short.wav", wav(buzz(0.5, 120)), "Sad");
    add("d_one_second.wav", wav(buzz(1.0, 130)), "Angry");
    add("e_long.wav", wav(buzz(4.5, 140)), "Sad");
    add("f_silent.wav", wav(std::vector<float>(32000)), "Sad");
    add("g_broken.wav", "this is no recording", "Sad");
    add("h_pointer.wav", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "Fear");
    add("i_calm.wav", wav(buzz(2.0, 150)), "Calm");
    listing_.recordings.push_back(listing_.recordings.back());
    listing_.recordings.back().file = folder_ / "j_gone.wav";
    listing_.recordings.back().clip.filepath = (folder_ / "j_gone.wav").string();
    listing_.recordings.back().clip.emotion = "Fear";
    rules_.max_duration = 3.0;
  }

  void add(const std::string& name, const std::string& bytes, const std::string& emotion) {
    write_file(folder_ / name, bytes);
    dataset::ListedRecording recording;
    recording.file = folder_ / name;
    recording.clip.filepath = (folder_ / name).string();
    recording.clip.emotion = emotion;
    listing_.recordings.push_back(recording);
  }

  std::string name_of(const std::string& path) const {
    return std::filesystem::path(path).stem().string();
  }

  std::vector<std::string> kept(const Preparation& preparation) const {
    std::vector<std::string> names;
    for (const auto& clip : preparation.clips) names.push_back(name_of(clip.filepath));
    return names;
  }

  std::vector<std::string> left_out(const Preparation& preparation) const {
    std::vector<std::string> lines;
    for (const LeftOut& entry : preparation.left_out) {
      lines.push_back(name_of(entry.path) + ' ' + entry.reason + (entry.failed ? " failed" : ""));
    }
    return lines;
  }

  TemporaryFolder folder_;
  CorpusListing listing_;
  PreparationRules rules_;
};

TEST_F(CorpusPreparation, KeepsWhatIsGoodAndSaysWhyNotTheRest) {
  const Preparation preparation = prepare_corpus(listing_, rules_, 2);
  EXPECT_TRUE(preparation.complete);
  EXPECT_THAT(kept(preparation), ElementsAre("a_good", "d_one_second"));
  EXPECT_DOUBLE_EQ(preparation.duration_s, 3.0);
  EXPECT_THAT(
      left_out(preparation),
      ElementsAre("b_same duplicate", "c_short too_short", "e_long too_long", "f_silent silent",
                  "g_broken audio_unreadable failed", "h_pointer git_lfs_pointer failed",
                  "i_calm other_emotion", "j_gone file_not_found failed"));
  EXPECT_THAT(preparation.left_out[0].detail, HasSubstr("a_good.wav"));
  EXPECT_THAT(preparation.left_out[0].detail, HasSubstr("labelled Sad, not Happy"));
  const auto& further = preparation.clips[0].further;
  std::vector<std::string> columns;
  for (const auto& [name, value] : further) columns.push_back(name);
  EXPECT_THAT(columns, ElementsAre("corpus", "intensity", "sex", "age", "duration", "sample_rate",
                                   "channels", "sha256", "split"));
  EXPECT_EQ(preparation.clips[0].value("duration"), "2.000");
  EXPECT_EQ(preparation.clips[0].value("sample_rate"), "16000");
  EXPECT_EQ(preparation.clips[0].value("channels"), "1");
  EXPECT_EQ(preparation.clips[0].value("sha256").size(), 64U);
}

TEST_F(CorpusPreparation, RulesCanBeLifted) {
  rules_.min_duration = 0;
  rules_.max_duration = 4.5;
  rules_.keep_silent = rules_.keep_duplicates = rules_.all_emotions = true;
  const Preparation preparation = prepare_corpus(listing_, rules_, 1);
  EXPECT_THAT(kept(preparation), ElementsAre("a_good", "b_same", "c_short", "d_one_second",
                                             "e_long", "f_silent", "i_calm"));
  EXPECT_EQ(preparation.clips[0].value("sha256"), preparation.clips[1].value("sha256"));
}

TEST_F(CorpusPreparation, CopiesThatDifferByDitherAreDuplicatesOtherTakesAreNot) {
  listing_ = {};
  std::vector<float> samples = buzz(2.0, 110);
  add("a.wav", wav(samples), "Sad");
  std::mt19937 random(3);
  for (float& sample : samples) sample += static_cast<float>(random() % 3) / 32768.0F;
  add("b.wav", wav(samples), "Sad");
  add("c.wav", wav(buzz(2.0, 111)), "Sad");  // as long and as loud
  const Preparation preparation = prepare_corpus(listing_, rules_, 2);
  EXPECT_THAT(kept(preparation), ElementsAre("a", "c"));
  ASSERT_EQ(preparation.left_out.size(), 1U);
  EXPECT_THAT(preparation.left_out[0].detail, HasSubstr("but for noise"));
}

TEST(WaveformSketch, IsTheSameForAnySplit) {
  const std::vector<float> samples = buzz(1.0, 100);
  WaveformSketch whole;
  whole.add(samples);
  WaveformSketch pieces;
  const std::span<const float> all(samples);
  pieces.add(all.first(33));
  pieces.add(all.subspan(33, 2000));
  pieces.add(all.subspan(2033));
  EXPECT_TRUE(whole.nearly_equals(pieces));
  pieces.add(all.first(1));
  EXPECT_FALSE(whole.nearly_equals(pieces));
}

TEST_F(CorpusPreparation, ThreadsChangeNothing) {
  const Preparation one = prepare_corpus(listing_, rules_, 1);
  const Preparation three = prepare_corpus(listing_, rules_, 3);
  EXPECT_EQ(left_out(one), left_out(three));
  ASSERT_EQ(one.clips.size(), three.clips.size());
  for (std::size_t i = 0; i < one.clips.size(); ++i) {
    EXPECT_EQ(one.clips[i].filepath, three.clips[i].filepath);
    EXPECT_EQ(one.clips[i].further, three.clips[i].further);
  }
}

TEST_F(CorpusPreparation, NamesAloneOpenNothing) {
  rules_.open = false;
  const Preparation preparation = prepare_corpus(listing_, rules_, 2);
  EXPECT_EQ(preparation.clips.size(), 9U);
  EXPECT_THAT(left_out(preparation), ElementsAre("i_calm other_emotion"));
  std::vector<std::string> columns;
  for (const auto& [name, value] : preparation.clips[0].further) columns.push_back(name);
  EXPECT_THAT(columns, ElementsAre("corpus", "intensity", "sex", "age", "split"));
}

TEST_F(CorpusPreparation, StopsOnRequest) {
  std::stop_source stop;
  const Preparation preparation = prepare_corpus(
      listing_, rules_, 1,
      [&stop](const PreparationProgress& report) {
        if (report.done == 2) stop.request_stop();
      },
      stop.get_token());
  EXPECT_FALSE(preparation.complete);
  EXPECT_THAT(kept(preparation), ElementsAre("a_good"));
}

TEST(CremadColumns, AreJoinedByNameAndActor) {
  CorpusListing listing;
  for (const auto* name : {"1001_DFA_ANG_XX", "1002_DFA_SAD_XX"}) {
    dataset::ListedRecording recording;
    recording.name = name;
    recording.clip.filepath = name;
    recording.clip.emotion = "Sad";
    recording.clip.speaker_id = std::string("cremad-") + std::string(name).substr(0, 4);
    listing.recordings.push_back(recording);
  }
  EXPECT_EQ(add_demographics(listing, {{"cremad-1001", {"male", "51"}}}), 1U);
  dataset::ListenerVotes votes;
  votes.counts = {1, 0, 2, 6, 0, 0};
  EXPECT_EQ(add_votes(listing, {{"1001_DFA_ANG_XX", votes}}), 1U);
  listing.recordings[1].clip.set("note", "x");
  PreparationRules rules;
  rules.open = false;
  const Preparation preparation = prepare_corpus(listing, rules, 1);
  ASSERT_EQ(preparation.clips.size(), 2U);
  using Columns = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(preparation.clips[0].further, (Columns{{"corpus", ""},
                                                   {"intensity", ""},
                                                   {"sex", "male"},
                                                   {"age", "51"},
                                                   {"split", ""},
                                                   {"listener_emotion", "Angry"},
                                                   {"listener_agreement", "0.6667"},
                                                   {"votes_neutral", "1"},
                                                   {"votes_happy", "0"},
                                                   {"votes_sad", "2"},
                                                   {"votes_angry", "6"},
                                                   {"votes_fear", "0"},
                                                   {"votes_disgust", "0"},
                                                   {"note", ""}}));
  EXPECT_EQ(preparation.clips[1].value("votes_sad"), "");
  EXPECT_EQ(preparation.clips[1].value("note"), "x");
}

}  // namespace
}  // namespace undertone::pipeline

#include "dataset/corpus_names.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>

#include "dataset/emotion.hpp"
#include "support/paths.hpp"

namespace undertone::dataset {
namespace {

struct Expected {
  std::string emotion;
  std::string speaker_id;
  std::string sentence_id;
  std::string intensity{};
  std::string sex{};
  std::string age{};
};

void expect_clip(Corpus corpus, std::string_view stem, const Expected& expected) {
  const auto clip = parse_corpus_name(corpus, stem);
  ASSERT_TRUE(clip.has_value()) << stem;
  EXPECT_EQ(clip->emotion, expected.emotion) << stem;
  EXPECT_EQ(clip->speaker_id, expected.speaker_id) << stem;
  EXPECT_EQ(clip->sentence_id, expected.sentence_id) << stem;
  EXPECT_EQ(clip->intensity, expected.intensity) << stem;
  EXPECT_EQ(clip->sex, expected.sex) << stem;
  EXPECT_EQ(clip->age, expected.age) << stem;
}

TEST(CorpusNames, Ravdess) {
  expect_clip(Corpus::kRavdess, "03-01-01-01-01-01-01",
              {"Neutral", "ravdess-01", "ravdess-01", "normal", "male"});
  expect_clip(Corpus::kRavdess, "03-01-02-01-02-01-24",
              {"Calm", "ravdess-24", "ravdess-02", "normal", "female"});
  expect_clip(Corpus::kRavdess, "03-01-03-02-02-02-07",
              {"Happy", "ravdess-07", "ravdess-02", "strong", "male"});
  expect_clip(Corpus::kRavdess, "03-01-04-01-01-01-02",
              {"Sad", "ravdess-02", "ravdess-01", "normal", "female"});
  expect_clip(Corpus::kRavdess, "03-01-05-01-01-01-02",
              {"Angry", "ravdess-02", "ravdess-01", "normal", "female"});
  expect_clip(Corpus::kRavdess, "03-01-06-01-01-01-02",
              {"Fear", "ravdess-02", "ravdess-01", "normal", "female"});
  expect_clip(Corpus::kRavdess, "03-01-07-01-01-01-02",
              {"Disgust", "ravdess-02", "ravdess-01", "normal", "female"});
  expect_clip(Corpus::kRavdess, "03-01-08-01-01-01-02",
              {"Surprise", "ravdess-02", "ravdess-01", "normal", "female"});
}

TEST(CorpusNames, Emodb) {
  expect_clip(Corpus::kEmodb, "03a01Wa", {"Angry", "emodb-03", "emodb-a01", "", "male", "31"});
  expect_clip(Corpus::kEmodb, "16b10Lb", {"Boredom", "emodb-16", "emodb-b10", "", "female", "31"});
  expect_clip(Corpus::kEmodb, "03a01Ea", {"Disgust", "emodb-03", "emodb-a01", "", "male", "31"});
  expect_clip(Corpus::kEmodb, "03a01Ac", {"Fear", "emodb-03", "emodb-a01", "", "male", "31"});
  expect_clip(Corpus::kEmodb, "03a01Fa", {"Happy", "emodb-03", "emodb-a01", "", "male", "31"});
  expect_clip(Corpus::kEmodb, "03a01Td", {"Sad", "emodb-03", "emodb-a01", "", "male", "31"});
  expect_clip(Corpus::kEmodb, "03a01Nc", {"Neutral", "emodb-03", "emodb-a01", "", "male", "31"});
}

TEST(CorpusNames, Nemo) {
  expect_clip(Corpus::kNemo, "SM0_anger_1", {"Angry", "nemo-SM0", "nemo-1"});
  expect_clip(Corpus::kNemo, "IC0_fear_12", {"Fear", "nemo-IC0", "nemo-12"});
  expect_clip(Corpus::kNemo, "IC0_happiness_12", {"Happy", "nemo-IC0", "nemo-12"});
  expect_clip(Corpus::kNemo, "IC0_neutral_12", {"Neutral", "nemo-IC0", "nemo-12"});
  expect_clip(Corpus::kNemo, "IC0_sadness_12", {"Sad", "nemo-IC0", "nemo-12"});
  expect_clip(Corpus::kNemo, "IC0_surprised_90", {"Surprise", "nemo-IC0", "nemo-90"});
}

TEST(CorpusNames, Cremad) {
  expect_clip(Corpus::kCremad, "1001_DFA_ANG_XX.wav",
              {"Angry", "cremad-1001", "cremad-DFA", "unspecified"});
  expect_clip(Corpus::kCremad, "AudioWAV/1091_IEO_DIS_LO.wav",
              {"Disgust", "cremad-1091", "cremad-IEO", "low"});
  expect_clip(Corpus::kCremad, "1002_IEO_FEA_MD", {"Fear", "cremad-1002", "cremad-IEO", "medium"});
  expect_clip(Corpus::kCremad, "1002_IEO_HAP_HI", {"Happy", "cremad-1002", "cremad-IEO", "high"});
  expect_clip(Corpus::kCremad, "1002_WSI_NEU_XX",
              {"Neutral", "cremad-1002", "cremad-WSI", "unspecified"});
  expect_clip(Corpus::kCremad, "1040_ITH_SAD_X",
              {"Sad", "cremad-1040", "cremad-ITH", "unspecified"});
  EXPECT_EQ(parse_corpus_name(Corpus::kCremad, "1040_ITH_SAD_X.mp3")->name, "1040_ITH_SAD_XX");
}

TEST(CorpusNames, Tess) {
  expect_clip(Corpus::kTess, "OAF_back_angry.wav",
              {"Angry", "tess-OAF", "tess-back", "", "female", "64"});
  expect_clip(Corpus::kTess, "YAF_yes_ps",
              {"Surprise", "tess-YAF", "tess-yes", "", "female", "26"});
  expect_clip(Corpus::kTess, "YAF_yes_disgust",
              {"Disgust", "tess-YAF", "tess-yes", "", "female", "26"});
  expect_clip(Corpus::kTess, "YAF_yes_fear", {"Fear", "tess-YAF", "tess-yes", "", "female", "26"});
  expect_clip(Corpus::kTess, "YAF_yes_happy",
              {"Happy", "tess-YAF", "tess-yes", "", "female", "26"});
  expect_clip(Corpus::kTess, "YAF_yes_sad", {"Sad", "tess-YAF", "tess-yes", "", "female", "26"});
  expect_clip(Corpus::kTess, "OA_bite_neutral",
              {"Neutral", "tess-OAF", "tess-bite", "", "female", "64"});
}

TEST(CorpusNames, Savee) {
  expect_clip(Corpus::kSavee, "DC_a01.wav", {"Angry", "savee-DC", "savee-a01", "", "male"});
  expect_clip(Corpus::kSavee, "JE_d15", {"Disgust", "savee-JE", "savee-d15", "", "male"});
  expect_clip(Corpus::kSavee, "JK_f02", {"Fear", "savee-JK", "savee-f02", "", "male"});
  expect_clip(Corpus::kSavee, "KL_h03", {"Happy", "savee-KL", "savee-h03", "", "male"});
  expect_clip(Corpus::kSavee, "KL_n30", {"Neutral", "savee-KL", "savee-n30", "", "male"});
  expect_clip(Corpus::kSavee, "KL_sa03", {"Sad", "savee-KL", "savee-sa03", "", "male"});
  expect_clip(Corpus::kSavee, "AudioData/KL/su03.wav",
              {"Surprise", "savee-KL", "savee-su03", "", "male"});
}

// The counts of the corpus, from the names of all its clips.
TEST(CorpusNames, AllOfCremadParse) {
  std::ifstream names(UNDERTONE_SHARED_DATA_DIR "/cremad/filenames.txt");
  if (!names) GTEST_SKIP() << "the names of CREMA-D are not here";
  std::map<std::string, int> emotions;
  std::set<std::string> speakers;
  std::set<std::string> sentences;
  int count = 0;
  for (std::string name; std::getline(names, name); ++count) {
    const auto clip = parse_corpus_name(Corpus::kCremad, name);
    ASSERT_TRUE(clip) << name;
    EXPECT_EQ(clip->name + ".wav", name);
    ++emotions[clip->emotion];
    speakers.insert(clip->speaker_id);
    sentences.insert(clip->sentence_id);
  }
  EXPECT_EQ(count, 7442);
  EXPECT_EQ(emotions, (std::map<std::string, int>{{"Angry", 1271},
                                                  {"Disgust", 1271},
                                                  {"Fear", 1271},
                                                  {"Happy", 1271},
                                                  {"Neutral", 1087},
                                                  {"Sad", 1271}}));
  EXPECT_EQ(speakers.size(), 91U);
  EXPECT_EQ(sentences.size(), 12U);
}

TEST(CorpusNames, NoNameIsOfTwoCorpora) {
  for (const auto* name : {"1001_DFA_ANG_XX", "03-01-01-01-01-01-01", "OAF_back_angry", "DC_a01",
                           "03a01Wa", "SM0_anger_1"}) {
    int matches = 0;
    for (const Corpus corpus : kCorpora) matches += parse_corpus_name(corpus, name) ? 1 : 0;
    EXPECT_EQ(matches, 1) << name;
  }
}

TEST(CorpusNames, RefusesWhatIsNotTheCorpus) {
  for (const auto* stem : {"", "03-01-01-01-01-01", "03-01-09-01-01-01-01", "03-01-00-01-01-01-01",
                           "03-02-01-01-01-01-01" /* song */, "01-01-01-01-01-01-01" /* video */,
                           "03-01-01-01-01-01-25", "03-01-01-01-03-01-01", "03-01-01-01-01-01-1x",
                           "03-01-01-01-01-01-01-01", "3-01-01-01-01-01-01"}) {
    EXPECT_FALSE(parse_corpus_name(Corpus::kRavdess, stem)) << stem;
  }
  for (const auto* stem :
       {"", "03a01W", "03a01Xa", "03c01Wa", "0xa01Wa", "03a0xWa", "03a01WA", "03a01Waa"}) {
    EXPECT_FALSE(parse_corpus_name(Corpus::kEmodb, stem)) << stem;
  }
  for (const auto* stem : {"", "SM0_anger", "SM0_rage_1", "_anger_1", "SM0_anger_", "SM0_anger_x",
                           "SM0_anger_1_2", "S-M_anger_1", "SM0_anger_1234567"}) {
    EXPECT_FALSE(parse_corpus_name(Corpus::kNemo, stem)) << stem;
  }
  for (const auto* stem : {"", "1000_DFA_ANG_XX", "1092_DFA_ANG_XX", "1001_XXX_ANG_XX",
                           "1001_DFA_SUR_XX", "1001_DFA_ANG_YY", "1001_DFA_ANG",
                           "1001_DFA_ANG_XX_1", "10x1_DFA_ANG_XX", "1001-DFA-ANG-XX"}) {
    EXPECT_FALSE(parse_corpus_name(Corpus::kCremad, stem)) << stem;
  }
  for (const auto* stem : {"", "OAF_back", "MAF_back_angry", "OAF__angry", "OAF_back_bored",
                           "OAF_b1_angry", "OAF_back_angry_2"}) {
    EXPECT_FALSE(parse_corpus_name(Corpus::kTess, stem)) << stem;
  }
  for (const auto* stem : {"", "a01", "XX_a01", "DC_x01", "DC_a00", "DC_a16", "DC_n31", "DC_a1",
                           "DC_01", "DC_a0x", "DC_a01_b"}) {
    EXPECT_FALSE(parse_corpus_name(Corpus::kSavee, stem)) << stem;
  }
}

TEST(CorpusNames, CorporaAreCalledByName) {
  for (const Corpus corpus : kCorpora) {
    EXPECT_EQ(parse_corpus(to_string(corpus)), corpus);
  }
  EXPECT_EQ(parse_corpus("CREMA-D"), Corpus::kCremad);
  EXPECT_FALSE(parse_corpus("RAVDESS2"));
  EXPECT_FALSE(parse_corpus(""));
}

}  // namespace
}  // namespace undertone::dataset

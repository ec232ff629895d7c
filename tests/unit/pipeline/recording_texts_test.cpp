#include "pipeline/recording_texts.hpp"

#include <string>
#include <vector>

#include "support/expect_error.hpp"
#include "tensor/unicode.hpp"

namespace undertone::pipeline {
namespace {

Recording recording(const std::string& path,
                    std::vector<std::pair<std::string, std::string>> further = {}) {
  Recording result;
  result.file = "/data/" + path;
  result.clip.filepath = path;
  result.clip.emotion = "Sad";
  result.clip.further = std::move(further);
  result.clip.line = 2;
  return result;
}

TEST(RecordingTexts, BecomeListsOfATable) {
  const std::vector<Recording> recordings = {
      recording("x/a.wav", {{"corpus", "c"}, {"sex", "male"}}), recording("b.wav"),
      recording("c.wav", {{"age", "30"}})};
  const EmbeddingTable table = texts_of(recordings, {"", "file_not_found: b.wav", ""});
  using Texts = std::vector<std::string>;
  EXPECT_EQ(table.paths, (Texts{"x/a.wav", "c.wav"}));
  EXPECT_EQ(table.ids, (Texts{"a", "c"}));
  EXPECT_EQ(table.labels, (Texts{"Sad", "Sad"}));
  EXPECT_EQ(table.corpora, (Texts{"c", ""}));
  EXPECT_EQ(table.failed_paths, Texts{"b.wav"});
  EXPECT_EQ(table.failed_reasons, Texts{"file_not_found: b.wav"});
  ASSERT_EQ(table.columns.size(), 2U);  // the union; corpus has a list of its own
  EXPECT_EQ(table.columns.at("sex"), (Texts{"male", ""}));
  EXPECT_EQ(table.columns.at("age"), (Texts{"", "30"}));
  EXPECT_EQ(texts_of({recording("x/a.wav"), recording("y/a.flac")}, {"", ""}).ids,
            (Texts{"0", "1"}));
}

TEST(RecordingTexts, TheDigestSeesEverything) {
  const std::vector<Recording> recordings = {recording("a.wav", {{"sex", "male"}}),
                                             recording("b.wav")};
  const std::string digest = digest_of(recordings);
  EXPECT_EQ(digest_of(recordings), digest);
  const auto differs = [&](auto change) {
    std::vector<Recording> changed = recordings;
    change(changed);
    EXPECT_NE(digest_of(changed), digest);
  };
  differs([](auto& r) { std::swap(r[0], r[1]); });
  differs([](auto& r) { r.pop_back(); });
  differs([](auto& r) { r[0].file = "/other/a.wav"; });
  differs([](auto& r) { r[0].clip.filepath = "A.wav"; });
  differs([](auto& r) { r[0].clip.emotion = "Happy"; });
  differs([](auto& r) { r[0].clip.speaker_id = "1"; });
  differs([](auto& r) { r[0].clip.sentence_id = "1"; });
  differs([](auto& r) { r[0].clip.further[0].first = "gender"; });
  differs([](auto& r) { r[0].clip.further[0].second = "female"; });
  differs([](auto& r) { r[0].failure = Error(ErrorCode::kFileNotFound, "a.wav: no such file"); });
}

TEST(RecordingTexts, WhatCannotBeWrittenIsRefusedFirst) {
  const auto refused = [](const Recording& bad, const char* message) {
    EXPECT_UNDERTONE_ERROR(require_writable_texts({recording("good.wav"), bad}),
                           ErrorCode::kDataInvalid, message);
  };
  EXPECT_NO_THROW(require_writable_texts({recording("zażółć.wav", {{"sex", "male"}})}));
  refused(recording("a\xff.wav"), "its filepath is not UTF-8");
  refused(recording("a.wav", {{"note", std::string("x\0", 2)}}),
          "a.wav, line 2 of its metadata: its note ends in a zero");
  refused(recording("a.wav", {{"a/b", "x"}}), "'a/b' has a name that no array can have");
  refused(recording("a.wav", {{"", "x"}}), "has a name that no array can have");
  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i < 600; ++i) many.emplace_back("c" + std::to_string(i), "");
  refused(recording("a.wav", many), "columns; at most 500");
}

// NumPy would keep the longest text's room for every recording.
TEST(RecordingTexts, ALongTextOfManyRecordingsIsRefused) {
  std::vector<Recording> recordings(20'000, recording("a.wav"));
  recordings[7].clip.further = {{"note", std::string(100'000, 'x')}};
  EXPECT_UNDERTONE_ERROR(require_writable_texts(recordings), ErrorCode::kDataInvalid,
                         "'note' has a text of 100000 characters");
}

TEST(Reasons, AreShortTexts) {
  EXPECT_EQ(reason_of(Error(ErrorCode::kFileNotFound, "a.wav: no such file")),
            "file_not_found: a.wav: no such file");
  EXPECT_EQ(reason_of(Error(ErrorCode::kInternal, "a\xff.wav")), "internal: a?.wav");
  EXPECT_EQ(reason_of(Error(ErrorCode::kInternal, std::string("a\0", 2))), "internal: a");
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "ż";
  const std::string reason = reason_of(Error(ErrorCode::kInternal, text));
  EXPECT_TRUE(tensor::is_utf8(reason));
  EXPECT_LE(reason.size(), 1003U);
  EXPECT_TRUE(reason.ends_with("ż..."));
}

}  // namespace
}  // namespace undertone::pipeline

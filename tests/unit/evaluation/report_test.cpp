#include "evaluation/report.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/csv.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "unit/evaluation/report_study.hpp"

namespace undertone::evaluation {
namespace {

using test::study_of_one;
using test::study_of_two;
using test::StudyShape;
using ::testing::HasSubstr;
using ::testing::Not;

// What a reader sees: no tags, no style.
std::string visible(const std::string& html) {
  std::string text;
  bool within_tag = false;
  for (const char c : html.substr(html.find("<body"))) {
    if (c == '<') within_tag = true;
    if (!within_tag) text += c;
    if (c == '>') within_tag = false;
  }
  return text;
}

std::vector<dataset::CsvRecord> records_of(const std::filesystem::path& path) {
  const std::string text = test::read_file(path);
  dataset::CsvReader reader(text, path.filename().string());
  std::vector<dataset::CsvRecord> records;
  while (auto record = reader.next()) records.push_back(*record);
  return records;
}

StudyShape small_shape() {
  StudyShape shape;
  shape.speakers = 6;
  shape.clips_per_speaker = 12;
  shape.folds = 3;
  return shape;
}

TEST(ReportHtml, ItsFirstLineSaysTheSplit) {
  const Study study = study_of_one(small_shape());
  const std::string text = visible(render_html(study));
  EXPECT_EQ(text.find_first_not_of('\n'), text.find(study.evaluations[0].description));
}

TEST(ReportHtml, HoldsTheHeadlineFigures) {
  Study study = study_of_one(small_shape());
  Evaluation& evaluation = study.evaluations[0];
  evaluation.pooled.uar = 0.5613;
  evaluation.pooled.accuracy = 0.5728;
  evaluation.intervals.uar = {0.512, 0.608};
  evaluation.intervals.accuracy = {0.523, 0.619};
  const std::string text = visible(render_html(study));
  for (const char* expected : {"56.1\u202F%", "51.2–60.8\u202F%", "57.3\u202F%", "52.3–61.9\u202F%",
                               "hubert-large-ll60k", "EU AI Act"}) {
    EXPECT_THAT(text, HasSubstr(expected));
  }
}

TEST(ReportHtml, SaysTheNotices) {
  Study study = study_of_one(small_shape());
  study.evaluations[0].notices = {"A thing that matters."};
  EXPECT_THAT(render_html(study), HasSubstr("<li>A thing that matters.</li>"));
}

TEST(ReportHtml, IsTheSameEachTime) {
  EXPECT_EQ(render_html(study_of_two(small_shape())), render_html(study_of_two(small_shape())));
  EXPECT_EQ(render_json(study_of_two(small_shape())), render_json(study_of_two(small_shape())));
}

TEST(ReportHtml, ForbidsItselfToLoadOrRunAnything) {
  const std::string html = render_html(study_of_two(small_shape()));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("url(")));
  EXPECT_THAT(html, Not(HasSubstr("http:")));
  EXPECT_THAT(html, Not(HasSubstr("https:")));
}

TEST(ReportHtml, EscapesEverythingFromOutside) {
  const std::string hostile = "\"><script>alert(1)</script>";
  StudyShape shape = small_shape();
  shape.class_names[1] = hostile;
  Study study = study_of_one(shape);
  study.source = study.created_by = hostile;
  study.facts.emplace_back(hostile, hostile);
  for (std::string& path : study.paths) path = hostile;
  for (std::string& speaker : study.speaker_of) speaker = hostile;
  Evaluation& evaluation = study.evaluations[0];
  evaluation.description = evaluation.split = evaluation.intervals.unit = hostile;
  evaluation.notices = {hostile};
  evaluation.subgroups[0].column = evaluation.subgroups[0].value = hostile;
  for (int evaluations = 1; evaluations <= 2; ++evaluations) {
    const std::string html = render_html(study);
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    study.evaluations.push_back(test::made_up_evaluation(shape, hostile, 1, false));
  }
}

TEST(ReportHtml, TellsWhatTheDifferenceTeaches) {
  Study study = study_of_two(small_shape());
  study.evaluations[0].pooled.uar = 0.76;
  study.evaluations[0].intervals.uar = {0.72, 0.79};
  study.evaluations[1].pooled.uar = 0.561;
  study.evaluations[1].intervals.uar = {0.52, 0.60};
  const std::string text = visible(render_html(study));
  EXPECT_THAT(text, HasSubstr("\u221219.9"));
  EXPECT_THAT(text, HasSubstr("19.9 points less. That much of the higher figure rests on voices"));
  EXPECT_LT(text.find("The difference is the lesson"), text.find("By emotion"));
}

TEST(ReportHtml, MakesNoLessonOfChance) {
  Study study = study_of_two(small_shape());
  Evaluation& random = study.evaluations[0];
  Evaluation& speaker = study.evaluations[1];
  random.pooled.uar = 0.60;
  random.intervals.uar = {0.55, 0.65};
  speaker.pooled.uar = 0.57;
  speaker.intervals.uar = {0.52, 0.62};
  study.differences.push_back({0, 1, "speakers", {}, {-0.07, 0.01}, {}});
  EXPECT_THAT(render_html(study),
              HasSubstr("3.0 points less. With so few speakers the difference may be chance"));
  EXPECT_THAT(visible(render_html(study)), HasSubstr("95 % interval \u22127.0 to +1.0"));
  study.differences[0].uar = {-0.05, -0.01};
  EXPECT_THAT(render_html(study), HasSubstr("3.0 points less. That much of the higher figure"));
  speaker.pooled.uar = 0.598;
  EXPECT_THAT(render_html(study), HasSubstr("the same, to within half a point"));
  speaker.pooled.uar = 0.80;
  speaker.intervals.uar = {0.75, 0.85};
  EXPECT_THAT(render_html(study), HasSubstr("20.0 points more. New speakers are rarely easier"));
}

TEST(ReportHtml, ComparesSplitsThatDoNotDifferInSpeakers) {
  Study study = study_of_two(small_shape());
  study.evaluations[1].speaker_independent = false;
  EXPECT_THAT(render_html(study), HasSubstr("A figure means nothing without its split."));
}

TEST(ReportHtml, LeavesOutWhatIsNotThere) {
  StudyShape shape = small_shape();
  shape.speakers = 0;
  shape.clips_per_speaker = 72;
  shape.class_names = {"Calm", "Loud"};
  Study study = study_of_one(shape);
  study.map.clear();
  study.facts.clear();
  study.evaluations[0].subgroups.clear();
  study.evaluations[0].listeners.reset();
  study.evaluations[0].notices.clear();
  const std::string text = visible(render_html(study));
  for (const char* heading : {"For whom it works", "Beside people who listened",
                              "The embeddings in two dimensions", "To be known before"}) {
    EXPECT_THAT(text, Not(HasSubstr(heading)));
  }
  EXPECT_THAT(text, HasSubstr("not known"));
}

TEST(ReportHtml, ShowsAClassThatWasNeverPredicted) {
  Study study = study_of_one(small_shape());
  Evaluation& evaluation = study.evaluations[0];
  for (ClipOutcome& clip : evaluation.clips) {
    clip.predicted = 0;
    clip.probabilities = {1, 0, 0, 0, 0, 0};
  }
  evaluation.pooled = test::score_clips(evaluation.clips, 6);
  EXPECT_THAT(visible(render_html(study)), HasSubstr("Neutral 100.0\u202F%, 16.7\u202F%"));
}

TEST(ReportHtml, HoldsNoNumberThatIsNotFinite) {
  Study study = study_of_one(small_shape());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Evaluation& evaluation = study.evaluations[0];
  evaluation.pooled.uar = evaluation.uar.mean = evaluation.intervals.uar.low = nan;
  evaluation.fold_outcomes[0].scores.uar = nan;
  evaluation.pooled.ece = std::numeric_limits<double>::infinity();
  evaluation.subgroups[0].scores.uar = nan;
  study.map[0].x = std::numeric_limits<float>::infinity();
  const std::string html = render_html(study);
  EXPECT_THAT(html, HasSubstr("n/a"));
  EXPECT_THAT(html, Not(::testing::ContainsRegex("[\" >](nan|-?inf)[\" <]")));
  const std::string json = render_json(study);
  EXPECT_TRUE(nlohmann::json::accept(json));
  EXPECT_EQ(nlohmann::json::parse(json)["evaluations"][0]["scores"]["uar"], nullptr);
}

TEST(ReportHtml, ShowsNoMorePointsThanTheEyeCanTake) {
  StudyShape shape = small_shape();
  Study study = study_of_one(shape);
  const MapPoint point = study.map[0];
  study.map.assign(50000, point);
  const std::string html = render_html(study);
  EXPECT_THAT(html, HasSubstr("Shown are 3,000 of 50,000 clips"));
  EXPECT_LT(html.size(), 300'000U);
}

TEST(ReportJson, HoldsTheSameNumbers) {
  const Study study = study_of_two(small_shape());
  const nlohmann::json report = nlohmann::json::parse(render_json(study));
  EXPECT_EQ(report["format"], "undertone-report");
  EXPECT_EQ(report["format_version"], 1);
  EXPECT_EQ(report["samples"], study.samples);
  ASSERT_EQ(report["evaluations"].size(), 2U);
  for (std::size_t e = 0; e < 2; ++e) {
    const Evaluation& evaluation = study.evaluations[e];
    const nlohmann::json& read = report["evaluations"][e];
    EXPECT_EQ(read["description"], evaluation.description);
    EXPECT_EQ(read["scores"]["uar"].get<double>(), evaluation.pooled.uar);
    EXPECT_EQ(read["scores"]["ece"].get<double>(), evaluation.pooled.ece);
    EXPECT_EQ(read["scores"]["classes"][2]["f1"].get<double>(), evaluation.pooled.classes[2].f1);
    EXPECT_EQ(read["scores"]["confusion"][1][3], evaluation.pooled.confusion(1, 3));
    EXPECT_EQ(read["intervals"]["uar"][1].get<double>(), evaluation.intervals.uar.high);
    EXPECT_EQ(read["over_folds"]["uar"]["deviation"].get<double>(), evaluation.uar.deviation);
    EXPECT_EQ(read["fold_outcomes"].size(), 3U);
    EXPECT_EQ(read["fold_outcomes"][2]["fold"], 3);
    ASSERT_EQ(read["clips"].size(), evaluation.clips.size());
    EXPECT_EQ(read["clips"][5]["probabilities"].get<std::vector<double>>(),
              evaluation.clips[5].probabilities);
    EXPECT_EQ(read["clips"][5]["path"], study.paths[evaluation.clips[5].sample]);
  }
  EXPECT_EQ(report["map"].size(), study.map.size());
  EXPECT_EQ(report["map"][3]["x"].get<float>(), study.map[3].x);
  EXPECT_EQ(report["facts"][0]["name"], "Encoder");
}

TEST(ReportJson, TakesTextThatIsNotUtf8) {
  Study study = study_of_one(small_shape());
  study.paths[0] = "\xFF\xFE.wav";
  const nlohmann::json report = nlohmann::json::parse(render_json(study));
  EXPECT_EQ(report["evaluations"][0]["clips"][0]["path"], "\uFFFD\uFFFD.wav");
}

TEST(WriteReport, WritesEveryFileForOneEvaluation) {
  const test::TemporaryFolder folder;
  Study study = study_of_one(small_shape());
  study.paths[0] = "a \"quoted\", path\nwith a line break.wav";
  study.paths[1] = "=1+1";
  write_report(folder / "deep/report", study, false);
  const std::filesystem::path report = folder / "deep/report";
  EXPECT_EQ(test::read_file(report / "report.html"), render_html(study));
  EXPECT_EQ(test::read_file(report / "report.json"), render_json(study));

  const Evaluation& evaluation = study.evaluations[0];
  const auto clips = records_of(report / "clips.csv");
  ASSERT_EQ(clips.size(), evaluation.clips.size() + 1);
  EXPECT_EQ(clips[0].fields.size(), 14U);
  EXPECT_EQ(clips[0].fields[8], "probability_Neutral");
  EXPECT_EQ(clips[1].fields[0], study.paths[0]);
  EXPECT_EQ(clips[2].fields[0], "=1+1");
  for (std::size_t i = 0; i < evaluation.clips.size(); ++i) {
    const ClipOutcome& clip = evaluation.clips[i];
    const std::vector<std::string>& fields = clips[i + 1].fields;
    EXPECT_EQ(fields[3], evaluation.class_names[static_cast<std::size_t>(clip.predicted)]);
    EXPECT_EQ(fields[4], clip.truth == clip.predicted ? "1" : "0");
    EXPECT_EQ(std::stod(fields[8]), clip.probabilities[0]);
  }
  const auto confusion = records_of(report / "confusion.csv");
  ASSERT_EQ(confusion.size(), 7U);
  EXPECT_EQ(confusion[2].fields[4], std::to_string(evaluation.pooled.confusion(1, 3)));
  const auto classes = records_of(report / "classes.csv");
  ASSERT_EQ(classes.size(), 7U);
  EXPECT_EQ(std::stod(classes[4].fields[3]), evaluation.pooled.classes[3].recall);
  const auto folds = records_of(report / "folds.csv");
  ASSERT_EQ(folds.size(), 4U);
  EXPECT_EQ(std::stod(folds[3].fields[7]), evaluation.fold_outcomes[2].scores.uar);
  const auto subgroups = records_of(report / "subgroups.csv");
  ASSERT_EQ(subgroups.size(), evaluation.subgroups.size() + 1);
  EXPECT_EQ(subgroups[1].fields[1], "female");
}

TEST(WriteReport, NamesTheFilesOfSeveralEvaluationsAfterTheirSplits) {
  const test::TemporaryFolder folder;
  Study study = study_of_two(small_shape());
  study.evaluations.push_back(test::made_up_evaluation(small_shape(), "../Over there/", 1, false));
  study.evaluations.push_back(test::made_up_evaluation(small_shape(), "random", 1, false));
  write_report(folder.path(), study, false);
  for (const char* name : {"random-folds.csv", "speaker-clips.csv", "---over-there--folds.csv",
                           "random-2-confusion.csv"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "folds.csv"));
}

TEST(WriteReport, RefusesToOverwriteUnlessAsked) {
  const test::TemporaryFolder folder;
  test::write_file(folder / "report.html", "mine");
  const Study study = study_of_one(small_shape());
  EXPECT_UNDERTONE_ERROR(write_report(folder.path(), study, false), ErrorCode::kOutputExists,
                         "report.html");
  EXPECT_EQ(test::read_file(folder / "report.html"), "mine");
  EXPECT_FALSE(std::filesystem::exists(folder / "report.json"));
  write_report(folder.path(), study, true);
  EXPECT_EQ(test::read_file(folder / "report.html"), render_html(study));
}

TEST(WriteReport, SaysWhereItCannotWrite) {
  const test::TemporaryFolder folder;
  test::write_file(folder / "file", "");
  const Study study = study_of_one(small_shape());
  EXPECT_UNDERTONE_ERROR(write_report(folder / "file/report", study, false),
                         ErrorCode::kFileUnwritable, "file/report");
  EXPECT_UNDERTONE_ERROR(write_report(folder / "file", study, false), ErrorCode::kFileUnwritable,
                         "file");
}

TEST(WriteReport, WritesNothingOfAStudyThatDoesNotHoldTogether) {
  const test::TemporaryFolder folder;
  const auto refuse = [&folder](const Study& study, const char* what) {
    EXPECT_UNDERTONE_ERROR(write_report(folder / "report", study, false),
                           ErrorCode::kInvalidArgument, what);
    EXPECT_FALSE(std::filesystem::exists(folder / "report"));
  };
  refuse(test::made_up_study(small_shape()), "without an evaluation");
  Study study = study_of_one(small_shape());
  study.evaluations[0].clips[0].sample = study.samples;
  refuse(study, "not one of the samples");
  study = study_of_one(small_shape());
  study.evaluations[0].clips[0].predicted = 6;
  refuse(study, "not one of its classes");
  study = study_of_one(small_shape());
  study.evaluations[0].clips[0].probabilities.pop_back();
  refuse(study, "probabilities");
  study = study_of_one(small_shape());
  study.evaluations[0].pooled.classes.pop_back();
  refuse(study, "scores are not of its classes");
  study = study_of_one(small_shape());
  study.evaluations[0].subgroups[0].scores = Scores();
  refuse(study, "a group's scores");
  study = study_of_one(small_shape());
  study.paths.pop_back();
  refuse(study, "paths");
}

}  // namespace
}  // namespace undertone::evaluation

// Writes reports of invented studies into folders, for the tests that look at them: FOLDER/one,
// FOLDER/two, FOLDER/hostile, FOLDER/many; and of comparisons, FOLDER/comparison,
// FOLDER/untrained-comparison.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "evaluation/report.hpp"
#include "unit/evaluation/made_up_comparison.hpp"
#include "unit/evaluation/report_study.hpp"

namespace {

using undertone::evaluation::Study;
using undertone::test::StudyShape;

// Text from outside that would like to be markup, or to fall out of the page.
Study hostile_study() {
  const std::string word(120, 'W');
  StudyShape shape;
  shape.class_names = {"<script>alert(1)</script>",
                       "\"><img src=x onerror=alert(1)>",
                       "\xE2\x80\xAE"
                       "right to left",
                       "&amp;\x01\xFF",
                       word,
                       "怒り"};
  Study study = undertone::test::study_of_one(shape);
  study.source = "https://example.invalid/" + word + "<base href=//example.invalid/>";
  study.facts.emplace_back("</td><script src=\"https://example.invalid/x.js\"></script>", word);
  study.created_by += "<style>@import url(https://example.invalid/x.css)</style>";
  study.evaluations[0].description += " <svg onload=alert(1)>" + word;
  study.evaluations[0].notices = {"]]><link rel=\"stylesheet\" href=\"//example.invalid\">", word};
  study.evaluations[0].subgroups[0].value = word;
  return study;
}

undertone::evaluation::Comparison hostile_comparison() {
  const std::string word(120, 'W');
  auto comparison = undertone::test::made_up_comparison({}, "looks <b>untrained</b>");
  comparison.source = "<script>alert(1)</script>" + word;
  comparison.notices = {"]]><link rel=\"stylesheet\" href=\"//example.invalid\">", word};
  comparison.facts.emplace_back("</td><script>", word);
  for (auto& contender : comparison.contenders) {
    if (contender.encoder.starts_with("hubert")) contender.encoder = "\"><img src=x>" + word;
  }
  return comparison;
}

Study study_of_many() {
  StudyShape shape;
  shape.class_names.clear();
  for (int i = 0; i < 20; ++i) shape.class_names.push_back("Emotion number " + std::to_string(i));
  shape.speakers = 91;
  shape.clips_per_speaker = 40;
  shape.folds = 10;
  shape.repeats = 2;
  Study study = undertone::test::study_of_two(shape);
  study.evaluations.push_back(undertone::test::made_up_evaluation(shape, "sentence", 2.1, false));
  return study;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_report FOLDER\n", stderr);
    return 2;
  }
  try {
    const std::filesystem::path folder = argv[1];
    using undertone::evaluation::write_report;
    write_report(folder / "one", undertone::test::study_of_one(), true);
    write_report(folder / "two", undertone::test::study_of_two(), true);
    write_report(folder / "hostile", hostile_study(), true);
    write_report(folder / "many", study_of_many(), true);
    using undertone::evaluation::write_comparison;
    write_comparison(folder / "comparison", undertone::test::made_up_comparison());
    write_comparison(folder / "untrained-comparison", hostile_comparison());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

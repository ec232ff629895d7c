#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "evaluation/report/pictures.hpp"
#include "evaluation/report/sections.hpp"
#include "evaluation/report/tables.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

// Groups smaller than this say little; their rows say so.
constexpr std::size_t kFewClips = 30;

void write_figure_of(Markup& markup, std::string_view name, double value,
                     const Interval* interval) {
  const auto group = markup.open("div");
  markup.leaf("dt", name);
  markup.leaf("dd", {{"class", "value"}}, percent(value));
  if (interval != nullptr) {
    markup.leaf("dd", {{"class", "range"}}, "95 % interval " + percent_range(*interval));
  }
}

void write_count(Markup& markup, std::string_view name, const std::string& value) {
  const auto group = markup.open("div");
  markup.leaf("dt", name);
  markup.leaf("dd", value);
}

void write_notices(Markup& markup, const Evaluation& evaluation, const Place& place) {
  if (evaluation.notices.empty()) return;
  const std::string id = place.prefix + "notices";
  const auto box =
      markup.open("div", {{"class", "notices"}, {"role", "note"}, {"aria-labelledby", id}});
  markup.leaf("h" + std::to_string(place.level), {{"id", id}}, "To be known before reading on");
  const auto list = markup.open("ul");
  for (const std::string& notice : evaluation.notices) markup.leaf("li", notice);
}

void write_classes(Markup& markup, const Evaluation& evaluation, const Place& place) {
  const Section section(markup, place.level, place.prefix + "classes", "By emotion");
  const auto side = markup.open("div", {{"class", "side"}});
  {
    const auto figure = markup.open("figure");
    draw_class_bars(markup, evaluation, place.prefix);
  }
  const auto words = markup.open("div");
  markup.leaf(
      "p",
      "Recall: of the clips that are of the emotion, the share that was found. Precision: "
      "of the clips given that name, the share that deserves it. F1 is their harmonic mean. "
      "UAR is the mean of the recalls.");
  const Scores& scores = evaluation.pooled;
  Table table{"Scores by emotion, in %", {"Emotion", "Clips", "Recall", "Precision", "F1"}, {}};
  for (std::size_t c = 0; c < scores.classes.size(); ++c) {
    const ClassScores& of_class = scores.classes[c];
    table.rows.push_back(
        {{evaluation.class_names.at(c), count(of_class.support), decimal(100 * of_class.recall, 1),
          decimal(100 * of_class.precision, 1), decimal(100 * of_class.f1, 1)}});
  }
  write_table(markup, table);
}

void write_confusion(Markup& markup, const Evaluation& evaluation, const Place& place) {
  const Section section(markup, place.level, place.prefix + "confusion", "What is taken for what");
  const Scores& scores = evaluation.pooled;
  const std::size_t classes = scores.classes.size();
  {
    const auto side = markup.open("div", {{"class", "side"}});
    {
      const auto figure = markup.open("figure");
      draw_confusion(markup, evaluation, place.prefix);
    }
    const auto words = markup.open("div");
    markup.leaf(
        "p",
        "Each row is a true emotion, each column what the model said; a cell holds the share "
        "of its row in % and the number of clips. A perfect model has 100 on the diagonal "
        "and 0 elsewhere.");
    // The most frequent confusions, each as a share of its row.
    struct Confusion {
      std::size_t truth;
      std::size_t predicted;
      double share;
    };
    std::vector<Confusion> confusions;
    for (std::size_t t = 0; t < classes; ++t) {
      for (std::size_t p = 0; p < classes; ++p) {
        if (p == t || scores.confusion(t, p) == 0) continue;
        confusions.push_back({t, p,
                              static_cast<double>(scores.confusion(t, p)) /
                                  static_cast<double>(scores.classes[t].support)});
      }
    }
    std::stable_sort(confusions.begin(), confusions.end(),
                     [](const Confusion& a, const Confusion& b) { return a.share > b.share; });
    if (!confusions.empty()) {
      markup.leaf("p", "Most often mistaken:");
      const auto list = markup.open("ul");
      for (std::size_t i = 0; i < std::min<std::size_t>(3, confusions.size()); ++i) {
        const Confusion& confusion = confusions[i];
        markup.leaf("li", fmt::format("{} taken for {}: {} of its clips",
                                      evaluation.class_names.at(confusion.truth),
                                      evaluation.class_names.at(confusion.predicted),
                                      percent(confusion.share)));
      }
    }
  }
  Table table{"Clips by true (rows) and predicted (columns) emotion", {"True"}, {}};
  for (const std::string& name : evaluation.class_names) table.columns.push_back(name);
  for (std::size_t t = 0; t < classes; ++t) {
    TableRow row{{evaluation.class_names.at(t)}};
    for (std::size_t p = 0; p < classes; ++p) {
      row.cells.emplace_back(count(scores.confusion(t, p)));
    }
    table.rows.push_back(std::move(row));
  }
  write_folded_table(markup, "The confusion matrix as a table", table);
}

// Whether the model claims more or less than comes true, in a sentence.
std::string calibration_in_words(const Scores& scores) {
  double confidence = 0;
  for (const ReliabilityBin& bin : scores.reliability) {
    confidence += static_cast<double>(bin.count) * bin.mean_confidence;
  }
  confidence /= static_cast<double>(std::max<std::size_t>(scores.samples, 1));
  const double excess = confidence - scores.accuracy;
  std::string verdict = "on the whole it is about as sure as it is right";
  if (excess > 0.02) verdict = "on the whole it is too sure of itself";
  if (excess < -0.02) verdict = "on the whole it is right more often than it claims";
  return fmt::format("Its mean confidence is {}, and {} of its answers are right: {}.",
                     percent(confidence), percent(scores.accuracy), verdict);
}

void write_calibration(Markup& markup, const Evaluation& evaluation, const Place& place) {
  const Section section(markup, place.level, place.prefix + "calibration",
                        "Whether its confidence can be believed");
  const Scores& scores = evaluation.pooled;
  {
    const auto side = markup.open("div", {{"class", "side"}});
    {
      const auto figure = markup.open("figure");
      draw_reliability(markup, evaluation, place.prefix);
    }
    const auto words = markup.open("div");
    markup.leaf(
        "p",
        "Where the model is 80 % sure, 80 % of its answers should be right: points on the "
        "dashed line. Points below it mean too much confidence, points above it too little. "
        "The bars count the clips behind each point; few clips say little.");
    markup.leaf("p", calibration_in_words(scores));
    markup.leaf("p",
                fmt::format("Expected calibration error (ECE): {}. Confidence and truth differ "
                            "by {} on average, over ten bins of equal width.",
                            decimal(scores.ece, 3), percent(scores.ece)));
    const std::size_t classes = std::max<std::size_t>(scores.classes.size(), 1);
    markup.leaf("p", fmt::format("Brier score: {}. 0 is perfect; giving all {} emotions the same "
                                 "probability scores {}.",
                                 decimal(scores.brier, 3), classes,
                                 decimal(1 - 1 / static_cast<double>(classes), 3)));
  }
  Table table{
      "Confidence and what came true", {"Confidence", "Clips", "Mean confidence", "Right"}, {}};
  for (std::size_t b = 0; b < scores.reliability.size(); ++b) {
    const ReliabilityBin& bin = scores.reliability[b];
    const bool any = bin.count > 0;
    table.rows.push_back(
        {{fmt::format("{}–{}\u202F%", 10 * b, 10 * (b + 1)), count(bin.count),
          any ? percent(bin.mean_confidence) : "–", any ? percent(bin.accuracy) : "–"}});
  }
  write_folded_table(markup, "The diagram as a table", table);
}

std::string known_count(std::size_t number, std::size_t speakers) {
  return speakers == 0 ? "–" : count(number);
}

void write_spread(Markup& markup, const Evaluation& evaluation, const Place& place) {
  const auto side = markup.open("div", {{"class", "side"}});
  {
    const auto figure = markup.open("figure");
    draw_fold_spread(markup, evaluation, place.prefix);
  }
  const auto words = markup.open("div");
  markup.leaf(
      "p", fmt::format("Each dot is a fold: a training, and a test on clips it did not hold. The "
                       "line is their mean, the band one standard deviation to either side: UAR "
                       "{} ± {}, accuracy {} ± {}, macro F1 {} ± {}.",
                       percent(evaluation.uar.mean), percent(evaluation.uar.deviation),
                       percent(evaluation.accuracy.mean), percent(evaluation.accuracy.deviation),
                       percent(evaluation.macro_f1.mean), percent(evaluation.macro_f1.deviation)));
  markup.leaf("p",
              "The figures at the top pool the predictions of all folds, which need not equal the "
              "mean over the folds.");
}

void write_folds(Markup& markup, const Evaluation& evaluation, const Place& place) {
  if (evaluation.fold_outcomes.empty()) return;
  const bool several = evaluation.fold_outcomes.size() > 1;
  const Section section(markup, place.level, place.prefix + "folds",
                        several ? "From fold to fold" : "The one split");
  if (several) write_spread(markup, evaluation, place);
  Table table{"Folds; scores in %",
              {"Fold", "UAR", "Accuracy", "Macro F1", "Train clips", "Test clips", "Train speakers",
               "Test speakers", "On both sides"},
              {}};
  for (const FoldOutcome& fold : evaluation.fold_outcomes) {
    const std::string name = evaluation.repeats > 1
                                 ? fmt::format("{}, repeat {}", fold.fold + 1, fold.repeat + 1)
                                 : std::to_string(fold.fold + 1);
    const std::size_t known = fold.train_speakers + fold.test_speakers;
    table.rows.push_back(
        {{name, decimal(100 * fold.scores.uar, 1), decimal(100 * fold.scores.accuracy, 1),
          decimal(100 * fold.scores.macro_f1, 1), count(fold.train_samples),
          count(fold.test_samples), known_count(fold.train_speakers, known),
          known_count(fold.test_speakers, known), known_count(fold.shared_speakers, known)}});
  }
  if (several) {
    write_folded_table(markup, "The folds as a table", table);
  } else {
    write_table(markup, table);
  }
}

void write_subgroups(Markup& markup, const Evaluation& evaluation, const Place& place) {
  if (evaluation.subgroups.empty()) return;
  const Section section(markup, place.level, place.prefix + "groups", "For whom it works");
  markup.leaf("p",
              "The same predictions, by what is known of the clips. UAR is over the emotions that "
              "occur in a group, so groups that lack some are not comparable with the others.");
  Table table{
      "Scores by group", {"Group", "Clips", "UAR", "Accuracy", "Macro F1", "Emotions", ""}, {}};
  const auto add = [&table, &evaluation](const std::string& name, const Scores& scores,
                                         std::string_view css_class) {
    const auto occurring = static_cast<std::size_t>(
        std::count_if(scores.classes.begin(), scores.classes.end(),
                      [](const ClassScores& of_class) { return of_class.support > 0; }));
    Cell uar = percent(scores.uar);
    uar.bar = std::isfinite(scores.uar) ? scores.uar : 0;
    table.rows.push_back({{name, count(scores.samples), std::move(uar), percent(scores.accuracy),
                           percent(scores.macro_f1),
                           fmt::format("{} of {}", occurring, evaluation.class_names.size()),
                           scores.samples < kFewClips ? "few clips: says little" : ""},
                          css_class});
  };
  add("All clips", evaluation.pooled, "main");
  for (const Subgroup& group : evaluation.subgroups) {
    add(fmt::format("{}: {}", group.column, group.value.empty() ? "not told" : group.value),
        group.scores, "");
  }
  write_table(markup, table);
}

void write_listeners(Markup& markup, const Evaluation& evaluation, const Place& place) {
  if (!evaluation.listeners) return;
  const ListenerComparison& listeners = *evaluation.listeners;
  const Section section(markup, place.level, place.prefix + "listeners",
                        "Beside people who listened");
  markup.leaf(
      "p", fmt::format("Of {} there are votes of people who heard them, with one most "
                       "frequent answer. Judged by the emotion the speaker meant to show, "
                       "the model is right in {} and the listeners in {}; model and "
                       "listeners give the same answer in {}.",
                       counted(listeners.clips, "clip"), percent(listeners.model_accuracy),
                       percent(listeners.listener_accuracy), percent(listeners.model_agreement)));
  Table table{"Model and listeners on the same clips", {"", "Share of clips"}, {}};
  const auto add = [&table](const char* name, double share) {
    Cell cell = percent(share);
    cell.bar = std::isfinite(share) ? share : 0;
    table.rows.push_back({{name, std::move(cell)}});
  };
  add("Model right", listeners.model_accuracy);
  add("Listeners right", listeners.listener_accuracy);
  add("Same answer", listeners.model_agreement);
  write_table(markup, table);
}

}  // namespace

void write_headline(Markup& markup, const Study& study, const Evaluation& evaluation,
                    const Place& place) {
  {
    const auto figures = markup.open("dl", {{"class", "figures"}});
    write_figure_of(markup, "Unweighted average recall (UAR)", evaluation.pooled.uar,
                    &evaluation.intervals.uar);
    write_figure_of(markup, "Accuracy", evaluation.pooled.accuracy, &evaluation.intervals.accuracy);
    write_figure_of(markup, "Macro F1", evaluation.pooled.macro_f1, &evaluation.intervals.macro_f1);
  }
  {
    const auto counts = markup.open("dl", {{"class", "counts"}});
    write_count(markup, "Clips", count(study.samples));
    write_count(markup, "Speakers", study.speakers == 0 ? "not known" : count(study.speakers));
    write_count(markup, "Folds",
                evaluation.repeats > 1
                    ? fmt::format("{} × {} repeats", evaluation.folds, evaluation.repeats)
                    : count(evaluation.folds));
    write_count(markup, "Test speakers heard in training", shared_speakers(evaluation));
    const std::size_t classes = evaluation.class_names.size();
    if (classes > 0) {
      write_count(markup, fmt::format("UAR by chance, {} emotions", classes),
                  percent(1 / static_cast<double>(classes)));
    }
    if (!evaluation.intervals.unit.empty()) {
      write_count(markup, "Intervals",
                  fmt::format("bootstrap over {}, {} resamples", evaluation.intervals.unit,
                              count(evaluation.intervals.resamples)));
    }
  }
  write_notices(markup, evaluation, place);
}

void write_evaluation(Markup& markup, const Evaluation& evaluation, const Place& place) {
  write_classes(markup, evaluation, place);
  write_confusion(markup, evaluation, place);
  write_calibration(markup, evaluation, place);
  write_folds(markup, evaluation, place);
  write_subgroups(markup, evaluation, place);
  write_listeners(markup, evaluation, place);
}

}  // namespace undertone::evaluation

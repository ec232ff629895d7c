#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <optional>

#include "evaluation/report/pictures.hpp"
#include "evaluation/report/sections.hpp"
#include "evaluation/report/tables.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

// Below half a point two figures count as the same.
constexpr double kSame = 0.005;

// The two evaluations whose difference is shown: speakers heard in training against new ones where
// there are both (splits by clip and by speaker before others), else the first and the last.
struct Contrast {
  std::size_t from = 0;
  std::size_t to = 0;
  bool of_speakers = false;
};

std::optional<std::size_t> find(const Study& study, bool speaker_independent,
                                std::string_view preferred) {
  std::optional<std::size_t> found;
  for (std::size_t e = 0; e < study.evaluations.size(); ++e) {
    const Evaluation& evaluation = study.evaluations[e];
    if (evaluation.speaker_independent != speaker_independent) continue;
    if (evaluation.split == preferred) return e;
    if (!found) found = e;
  }
  return found;
}

Contrast contrast_of(const Study& study) {
  const auto heard = find(study, false, "random");
  const auto fresh = find(study, true, "speaker");
  if (heard && fresh) return {*heard, *fresh, true};
  return {0, study.evaluations.size() - 1, false};
}

// Of UAR, `to` less `from`; nullopt where it was not computed.
std::optional<Interval> interval_of_difference(const Study& study, const Contrast& contrast) {
  for (const Difference& difference : study.differences) {
    if (difference.first == contrast.from && difference.second == contrast.to) {
      return difference.uar;
    }
    if (difference.first == contrast.to && difference.second == contrast.from) {
      return Interval{-difference.uar.high, -difference.uar.low};
    }
  }
  return std::nullopt;
}

std::string points_range(const Interval& interval) {
  return fmt::format("{} to {}", signed_decimal(100 * interval.low, 1),
                     signed_decimal(100 * interval.high, 1));
}

std::string lesson(const Study& study, const Contrast& contrast) {
  const Evaluation& from = study.evaluations[contrast.from];
  const Evaluation& to = study.evaluations[contrast.to];
  const double difference = to.pooled.uar - from.pooled.uar;
  const std::string size = decimal(100 * std::abs(difference), 1) + " points";
  if (!contrast.of_speakers) {
    return fmt::format(
        "The same clips score a UAR of {} with one split ({}) and {} with another "
        "({}): {} apart. A figure means nothing without its split.",
        percent(from.pooled.uar), split_name(from), percent(to.pooled.uar), split_name(to), size);
  }
  std::string text = fmt::format(
      "Tested where it may have heard the same speakers in training ({}), the model reaches a UAR "
      "of {}; on speakers it never heard ({}), {}: ",
      split_name(from), percent(from.pooled.uar), split_name(to), percent(to.pooled.uar));
  if (std::abs(difference) < kSame) {
    text += "the same, to within half a point. Knowing the speakers helps it little here.";
  } else if (const auto interval = interval_of_difference(study, contrast);
             interval && interval->low <= 0 && interval->high >= 0) {
    text += size + (difference < 0 ? " less" : " more") +
            ". With so few speakers the difference may be chance. For a new "
            "voice the second figure is the one to go by.";
  } else if (difference < 0) {
    text += size +
            " less. That much of the higher figure rests on voices it had heard before. From a new "
            "voice, expect the lower one.";
  } else {
    text += size +
            " more. New speakers are rarely easier: look for what else differs between the splits.";
  }
  return text;
}

void write_versus(Markup& markup, const Study& study, const Contrast& contrast) {
  const auto list = markup.open("dl", {{"class", "versus"}});
  const auto card = [&](std::size_t which) {
    const Evaluation& evaluation = study.evaluations[which];
    const auto box =
        markup.open("div", {{"class", evaluation.speaker_independent ? "honest" : "optimistic"}});
    markup.leaf("dt", split_name(evaluation) + ": UAR");
    markup.leaf("dd", {{"class", "value"}}, percent(evaluation.pooled.uar));
    markup.leaf("dd", {{"class", "range"}},
                "95 % interval " + percent_range(evaluation.intervals.uar));
    markup.leaf("dd", {{"class", "range"}},
                "test speakers heard in training: " + shared_speakers(evaluation));
  };
  card(contrast.from);
  {
    const auto box = markup.open("div", {{"class", "gap"}});
    const double difference =
        study.evaluations[contrast.to].pooled.uar - study.evaluations[contrast.from].pooled.uar;
    markup.leaf("dt", "Difference");
    markup.leaf(
        "dd", {{"class", "value"}},
        std::isfinite(difference) ? signed_decimal(100 * difference, 1) : std::string(kNotANumber));
    markup.leaf("dd", {{"class", "range"}}, "percentage points of UAR");
    if (const auto interval = interval_of_difference(study, contrast)) {
      markup.leaf("dd", {{"class", "range"}}, "95 % interval " + points_range(*interval));
    }
  }
  card(contrast.to);
}

class SideBySide {
 public:
  SideBySide(const Study& study, const Contrast& contrast) : study_(study), contrast_(contrast) {
    table_.caption = "The splits side by side";
    table_.columns.emplace_back("");
    for (const Evaluation& evaluation : study.evaluations) {
      table_.columns.push_back(split_name(evaluation));
    }
    table_.columns.push_back(study.evaluations.size() == 2
                                 ? "Difference"
                                 : fmt::format("Difference: {} less {}",
                                               split_name(study.evaluations[contrast.to]),
                                               split_name(study.evaluations[contrast.from])));
  }

  // A row of shares; their difference in points.
  template <class Value>
  void share(const std::string& name, Value value, bool main = false) {
    TableRow row{{name}, main ? "main" : ""};
    for (const Evaluation& evaluation : study_.evaluations) {
      row.cells.emplace_back(percent(value(evaluation)));
    }
    const double difference =
        value(study_.evaluations[contrast_.to]) - value(study_.evaluations[contrast_.from]);
    row.cells.emplace_back(points(difference), difference <= -kSame ? "lower" : "");
    table_.rows.push_back(std::move(row));
  }

  template <class Value>
  void number(const std::string& name, Value value) {
    TableRow row{{name}};
    for (const Evaluation& evaluation : study_.evaluations) {
      row.cells.emplace_back(decimal(value(evaluation), 3));
    }
    row.cells.emplace_back(signed_decimal(
        value(study_.evaluations[contrast_.to]) - value(study_.evaluations[contrast_.from]), 3));
    table_.rows.push_back(std::move(row));
  }

  template <class Value>
  void words(const std::string& name, Value value) {
    TableRow row{{name}};
    for (const Evaluation& evaluation : study_.evaluations) {
      row.cells.emplace_back(value(evaluation));
    }
    row.cells.emplace_back("");
    table_.rows.push_back(std::move(row));
  }

  const Table& table() const { return table_; }

 private:
  const Study& study_;
  Contrast contrast_;
  Table table_;
};

bool same_classes(const Study& study) {
  return std::all_of(study.evaluations.begin(), study.evaluations.end(),
                     [&study](const Evaluation& evaluation) {
                       return evaluation.class_names == study.evaluations[0].class_names;
                     });
}

Table side_by_side(const Study& study, const Contrast& contrast) {
  using E = const Evaluation&;
  SideBySide rows(study, contrast);
  rows.share(
      "UAR", [](E e) { return e.pooled.uar; }, true);
  rows.words("UAR, 95 % interval", [](E e) { return percent_range(e.intervals.uar); });
  rows.share(
      "Accuracy", [](E e) { return e.pooled.accuracy; }, true);
  rows.words("Accuracy, 95 % interval", [](E e) { return percent_range(e.intervals.accuracy); });
  rows.share("Macro F1", [](E e) { return e.pooled.macro_f1; });
  if (same_classes(study)) {
    for (std::size_t c = 0; c < study.evaluations[0].class_names.size(); ++c) {
      rows.share("Recall, " + study.evaluations[0].class_names[c],
                 [c](E e) { return e.pooled.classes.at(c).recall; });
    }
  }
  rows.number("ECE", [](E e) { return e.pooled.ece; });
  rows.number("Brier score", [](E e) { return e.pooled.brier; });
  rows.words("Predictions", [](E e) { return count(e.pooled.samples); });
  rows.words("Folds", [](E e) { return count(e.fold_outcomes.size()); });
  rows.words("Test speakers heard in training", [](E e) { return shared_speakers(e); });
  return rows.table();
}

}  // namespace

std::string comparison_title(const Study& study) {
  const std::size_t splits = study.evaluations.size();
  std::string text;
  for (std::size_t e = 0; e < splits; ++e) {
    const bool last = e + 1 == splits;
    text += e == 0 ? "" : !last ? ", " : splits == 2 ? " against " : " and ";
    text += split_name(study.evaluations[e]);
  }
  constexpr std::array<std::string_view, 4> kNumbers = {"two", "three", "four", "five"};
  return fmt::format(
      "{}: the same embeddings, split in {} ways", text,
      splits - 2 < kNumbers.size() ? std::string(kNumbers[splits - 2]) : std::to_string(splits));
}

void write_comparison(Markup& markup, const Study& study) {
  const Contrast contrast = contrast_of(study);
  const Section section(markup, 2, "side-by-side", "The difference is the lesson");
  markup.leaf("p", {{"class", "lesson"}}, lesson(study, contrast));
  write_versus(markup, study, contrast);
  {
    const auto side = markup.open("div", {{"class", "side"}});
    {
      const auto figure = markup.open("figure");
      draw_comparison(markup, study, contrast.from, contrast.to);
    }
    const auto words = markup.open("div");
    markup.leaf("p", {{"class", "about"}},
                "Bars: UAR. Whiskers: its 95 % interval. Dashed: chance.");
    const auto list = markup.open("ul");
    for (const Evaluation& evaluation : study.evaluations) {
      markup.leaf("li", evaluation.description);
    }
  }
  write_table(markup, side_by_side(study, contrast));
}

}  // namespace undertone::evaluation

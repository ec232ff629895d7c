#include <algorithm>
#include <fmt/format.h>

#include "evaluation/comparison.hpp"
#include "evaluation/report/contender_pictures.hpp"
#include "evaluation/report/document.hpp"
#include "evaluation/report/markup.hpp"
#include "evaluation/report/tables.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

std::string milliseconds(const std::optional<double>& value) {
  if (!value) return "–";
  if (*value >= 100) return decimal(*value, 0);
  return decimal(*value, *value >= 1 ? 1 : 3);
}

std::string p_text(double p) { return p < 0.001 ? "< 0.001" : decimal(p, 3); }

bool all_doubted(const Comparison& comparison) {
  return std::all_of(comparison.contenders.begin(), comparison.contenders.end(),
                     [](const Contender& contender) { return !contender.doubt.empty(); });
}

std::string title_of(const Comparison& comparison) {
  if (all_doubted(comparison)) return "A comparison of untrained encoders: nothing was found";
  const Contender& best = comparison.contenders[comparison.best];
  const std::string uar = percent(best.evaluation.pooled.uar);
  const std::string compared = count(comparison.contenders.size());
  if (!best.doubt.empty()) {
    return fmt::format(
        "The highest score of {} compared, {}, is an untrained encoder's: no finding", compared,
        uar);
  }
  const std::string found = fmt::format("{} recognises {} of the emotions", best.name(), uar);
  return comparison.contenders.size() == 1 ? found
                                           : found + ", the most of " + compared + " compared";
}

void write_warnings(Markup& markup, const Comparison& comparison) {
  const std::vector<std::string> warnings = untrained_warnings(comparison);
  if (warnings.empty()) return;
  const auto note = markup.open(
      "div", {{"class", "notices"}, {"role", "note"}, {"aria-labelledby", "untrained"}});
  markup.leaf("h2", {{"id", "untrained"}}, "Untrained encoders");
  const auto list = markup.open("ul");
  for (const std::string& warning : warnings) markup.leaf("li", warning);
}

void write_figure(Markup& markup, std::string_view name, double value, const Interval& range) {
  const auto group = markup.open("div");
  markup.leaf("dt", name);
  markup.leaf("dd", {{"class", "value"}}, percent(value));
  markup.leaf("dd", {{"class", "range"}}, "95 % interval " + percent_range(range));
}

void write_best(Markup& markup, const Comparison& comparison) {
  const Contender& best = comparison.contenders[comparison.best];
  {
    const auto figures = markup.open("dl", {{"class", "figures"}});
    const std::string the_best = best.doubt.empty() ? "the best" : "the best (untrained)";
    write_figure(markup, "UAR of " + the_best + ", as measured", best.evaluation.pooled.uar,
                 best.evaluation.intervals.uar);
    if (comparison.contenders.size() > 1) {
      write_figure(markup, "UAR to expect of it, having been chosen", comparison.selection.uar,
                   comparison.selection.interval);
    }
  }
  if (comparison.contenders.size() == 1) return;
  std::size_t alike = 0;
  for (std::size_t c = 0; c < comparison.contenders.size(); ++c) {
    if (c != comparison.best && comparison.contenders[c].adjusted_p > 0.05) ++alike;
  }
  std::string lesson = fmt::format(
      "The best was chosen on the folds it was scored on, so its own figure flatters it: the best "
      "of {} is partly lucky. The second figure takes that luck out.",
      counted(comparison.contenders.size(), "contender"));
  lesson +=
      alike == 0
          ? " Each of the others is worse by more than chance explains."
          : fmt::format(" Of {} the data cannot say that {} worse: the difference may be chance.",
                        counted(alike, "other"), alike == 1 ? "it is" : "they are");
  markup.leaf("p", {{"class", "lesson"}}, lesson);
}

void write_notices(Markup& markup, const Comparison& comparison) {
  if (comparison.notices.empty()) return;
  const auto note =
      markup.open("div", {{"class", "notices"}, {"role", "note"}, {"aria-labelledby", "notices"}});
  markup.leaf("h2", {{"id", "notices"}}, "To know");
  const auto list = markup.open("ul");
  for (const std::string& notice : comparison.notices) markup.leaf("li", notice);
}

Table contender_table(const Comparison& comparison) {
  Table table;
  table.caption = "All contenders, the greatest UAR first";
  table.columns = {
      "encoder, layer, classifier", "UAR",          "95 % interval", "accuracy", "macro F1",
      "points below the best",      "p, corrected", "cost, ms"};
  for (const std::size_t c : by_score(comparison)) {
    const Contender& contender = comparison.contenders[c];
    const Evaluation& evaluation = contender.evaluation;
    TableRow row;
    row.cells = {Cell(contender.name()), Cell(percent(evaluation.pooled.uar)),
                 Cell(percent_range(evaluation.intervals.uar)),
                 Cell(percent(evaluation.pooled.accuracy)),
                 Cell(percent(evaluation.pooled.macro_f1))};
    if (c == comparison.best) {
      row.css_class = "main";
      for (int i = 0; i < 2; ++i) row.cells.emplace_back("–");
    } else {
      const double below =
          comparison.contenders[comparison.best].evaluation.pooled.uar - evaluation.pooled.uar;
      row.cells.emplace_back(fmt::format("{} ({} to {})", decimal(100 * below, 1),
                                         decimal(100 * contender.to_best.uar.low, 1),
                                         decimal(100 * contender.to_best.uar.high, 1)));
      row.cells.emplace_back(p_text(contender.adjusted_p));
    }
    row.cells.emplace_back(milliseconds(contender.cost_ms));
    table.rows.push_back(std::move(row));
  }
  return table;
}

void write_pictures(Markup& markup, const Comparison& comparison) {
  if (!has_costs(comparison) && !has_layers(comparison)) return;
  const Section section(markup, 2, "pictures", "Accuracy, cost and layers");
  const auto side = markup.open("div", {{"class", "side"}});
  if (has_costs(comparison)) {
    const auto figure = markup.open("figure");
    markup.leaf("figcaption", "UAR against cost");
    draw_costs(markup, comparison);
  }
  if (has_layers(comparison)) {
    const auto figure = markup.open("figure");
    markup.leaf("figcaption", "UAR by layer");
    draw_layers(markup, comparison);
  }
}

void write_costs(Markup& markup, const Comparison& comparison) {
  Table table;
  table.caption = "What it costs, in milliseconds of one core";
  table.columns = {"encoder, layer, classifier", "to encode a second of audio",
                   "to classify a clip", "both, for a second of audio"};
  for (const std::size_t c : by_score(comparison)) {
    const Contender& contender = comparison.contenders[c];
    table.rows.push_back(
        {{Cell(contender.name()), Cell(milliseconds(contender.encode_ms)),
          Cell(milliseconds(contender.classify_ms)), Cell(milliseconds(contender.cost_ms))}});
  }
  const Section section(markup, 2, "costs-table", "Costs");
  markup.leaf("p",
              "Measured while the recordings were encoded, each on one core with its neighbours "
              "busy, and while the folds were predicted. “–” where nothing was measured: of "
              "embeddings that were there already.");
  write_folded_table(markup, "The costs as a table", table);
}

void write_facts_of(Markup& markup, const Comparison& comparison) {
  const Section section(markup, 2, "facts", "What was compared");
  const auto table = markup.open("table", {{"class", "facts"}});
  markup.leaf("caption", "The data and the method");
  const auto body = markup.open("tbody");
  for (const auto& [name, value] : comparison.facts) {
    const auto row = markup.open("tr");
    markup.leaf("th", {{"scope", "row"}}, name);
    markup.leaf("td", value);
  }
}

void write_reading_of(Markup& markup, const Comparison& comparison) {
  const Section section(markup, 2, "reading", "How to read this");
  const auto list = markup.open("dl", {{"class", "reading"}});
  const auto entry = [&](std::string_view name, std::string_view text) {
    markup.leaf("dt", name);
    markup.leaf("dd", text);
  };
  entry("UAR",
        "Unweighted average recall: the mean over the emotions of how many of each were "
        "recognised. Answering always the same gives the level of chance.");
  entry("Same folds",
        "Every contender was trained and tested on the same recordings, fold by fold. "
        "What makes a speaker hard is equally hard for all.");
  entry("Points below the best",
        "With the 95 % interval of the difference itself: each of 10,000 "
        "resamples draws the same speakers for both.");
  entry("p, corrected",
        "The chance of such a difference if there were none, corrected (Holm) for the number of "
        "comparisons, since whoever compares many finds something by luck. It does not allow for "
        "the best having been picked after the fact: near 0.05, do not trust it. The smallest that "
        "the resamples can show is 0.0002 times the number of comparisons.");
  entry("UAR to expect",
        "In each resample the best is chosen on the speakers drawn and scored on "
        "those left out (BBC-CV, Tsamardinos et al. 2018).");
  if (!untrained_warnings(comparison).empty()) {
    entry("Untrained",
          "Embeddings by weights that have learned nothing still follow loudness and timbre, and "
          "score above chance. That is a measure of the recordings, not of the encoder.");
  }
  entry("What no split can see",
        "What an encoder itself was trained on. If these recordings or their speakers were among "
        "it, its figures flatter it, and no other encoder's.");
}

}  // namespace

std::string comparison_html(const Comparison& comparison) {
  Markup markup;
  {
    const auto html = markup.open("html", {{"lang", "en"}});
    write_head(markup, title_of(comparison));
    const auto body = markup.open("body");
    {
      const auto header = markup.open("header");
      markup.leaf("h1", title_of(comparison));
      markup.leaf(
          "p", {{"class", "about"}},
          fmt::format("{} on {} clips{} of {}. {}",
                      counted(comparison.contenders.size(), "contender"), count(comparison.samples),
                      comparison.speakers == 0
                          ? std::string()
                          : fmt::format(" by {}", counted(comparison.speakers, "speaker")),
                      comparison.source, comparison.split));
      markup.leaf("a", {{"class", "skip"}, {"href", "#content"}}, "To the figures");
    }
    {
      const auto main = markup.open("main", {{"id", "content"}});
      write_warnings(markup, comparison);
      write_best(markup, comparison);
      write_notices(markup, comparison);
      std::vector<Link> links;
      if (has_costs(comparison) || has_layers(comparison)) {
        links.push_back({"pictures", "Pictures"});
      }
      links.insert(links.end(), {{"contenders", "Contenders"},
                                 {"costs-table", "Costs"},
                                 {"facts", "What was compared"},
                                 {"reading", "How to read this"}});
      write_navigation(markup, links);
      write_pictures(markup, comparison);
      {
        const Section section(markup, 2, "contenders", "Contenders");
        write_table(markup, contender_table(comparison));
      }
      write_costs(markup, comparison);
      write_facts_of(markup, comparison);
      write_reading_of(markup, comparison);
    }
    const auto footer = markup.open("footer");
    markup.leaf("p", fmt::format("Made by {}. compare.json beside this file holds the same numbers "
                                 "in full precision.",
                                 comparison.created_by));
  }
  return markup.take();
}

}  // namespace undertone::evaluation

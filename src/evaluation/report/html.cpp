#include <fmt/format.h>

#include "evaluation/report.hpp"
#include "evaluation/report/document.hpp"
#include "evaluation/report/markup.hpp"
#include "evaluation/report/sections.hpp"
#include "evaluation/report/tables.hpp"
#include "evaluation/report/whole_study.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

std::vector<Link> links_of(const Study& study) {
  std::vector<Link> links;
  if (study.evaluations.size() == 1) {
    const Evaluation& evaluation = study.evaluations[0];
    links = {{"e1-classes", "By emotion"},
             {"e1-confusion", "Confusions"},
             {"e1-calibration", "Confidence"}};
    if (!evaluation.fold_outcomes.empty()) links.push_back({"e1-folds", "Folds"});
    if (!evaluation.subgroups.empty()) links.push_back({"e1-groups", "Groups"});
    if (evaluation.listeners) links.push_back({"e1-listeners", "Listeners"});
  } else if (!study.evaluations.empty()) {
    links.push_back({"side-by-side", "Side by side"});
    for (std::size_t e = 0; e < study.evaluations.size(); ++e) {
      links.push_back({fmt::format("e{}", e + 1), split_name(study.evaluations[e])});
    }
  }
  if (!study.map.empty()) links.push_back({"embeddings", "Embeddings"});
  links.push_back({"facts", "What was evaluated"});
  links.push_back({"reading", "How to read this"});
  return links;
}

std::string title_of(const Study& study) {
  if (study.evaluations.empty()) return "Nothing was evaluated";
  return study.evaluations.size() == 1 ? study.evaluations[0].description : comparison_title(study);
}

void write_page(Markup& markup, const Study& study) {
  const std::string title = title_of(study);
  {
    const auto header = markup.open("header");
    markup.leaf("h1", title);
    std::string about = "How well emotions are told from the sound of a voice: an evaluation";
    if (!study.source.empty()) about += " of " + study.source;
    markup.leaf("p", {{"class", "about"}}, about + ".");
    markup.leaf("a", {{"class", "skip"}, {"href", "#content"}}, "To the figures");
  }
  {
    const auto main = markup.open("main", {{"id", "content"}});
    if (study.evaluations.size() == 1) {
      const Place place{"e1-", 2};
      write_headline(markup, study, study.evaluations[0], place);
      write_navigation(markup, links_of(study));
      write_evaluation(markup, study.evaluations[0], place);
    } else {
      if (!study.evaluations.empty()) write_comparison(markup, study);
      write_navigation(markup, links_of(study));
      for (std::size_t e = 0; e < study.evaluations.size(); ++e) {
        const Evaluation& evaluation = study.evaluations[e];
        const Place place{fmt::format("e{}-", e + 1), 3};
        const Section section(markup, 2, fmt::format("e{}", e + 1), split_name(evaluation),
                              "evaluation");
        markup.leaf("p", {{"class", "lesson"}}, evaluation.description);
        write_headline(markup, study, evaluation, place);
        write_evaluation(markup, evaluation, place);
      }
    }
    write_map(markup, study);
    write_facts(markup, study);
    write_reading(markup);
  }
  const auto footer = markup.open("footer");
  markup.leaf("p", fmt::format("Made by {}. report.json beside this file holds the same numbers in "
                               "full precision, the CSV files those of each fold, emotion, group "
                               "and clip.",
                               study.created_by));
}

}  // namespace

std::string render_html(const Study& study) {
  require_whole(study);
  Markup markup;
  {
    const auto html = markup.open("html", {{"lang", "en"}});
    write_head(markup, title_of(study));
    const auto body = markup.open("body");
    write_page(markup, study);
  }
  return markup.take();
}

}  // namespace undertone::evaluation

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "evaluation/report/pictures.hpp"
#include "evaluation/report/sections.hpp"
#include "evaluation/report/tables.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

struct Centre {
  std::size_t clips = 0;
  double x = 0;
  double y = 0;
  double squares = 0;
};

// Mean place of each class, and the root of its points' mean squared distance from there.
std::vector<Centre> centres_of(const Study& study) {
  std::vector<Centre> centres(study.class_names.size());
  const auto centre_of = [&centres](const MapPoint& point) -> Centre* {
    const bool known = point.label >= 0 && static_cast<std::size_t>(point.label) < centres.size();
    return known && std::isfinite(point.x) && std::isfinite(point.y)
               ? &centres[static_cast<std::size_t>(point.label)]
               : nullptr;
  };
  for (const MapPoint& point : study.map) {
    Centre* const centre = centre_of(point);
    if (centre == nullptr) continue;
    ++centre->clips;
    centre->x += point.x;
    centre->y += point.y;
  }
  for (Centre& centre : centres) {
    centre.x /= static_cast<double>(std::max<std::size_t>(centre.clips, 1));
    centre.y /= static_cast<double>(std::max<std::size_t>(centre.clips, 1));
  }
  for (const MapPoint& point : study.map) {
    Centre* const centre = centre_of(point);
    if (centre == nullptr) continue;
    centre->squares += std::pow(point.x - centre->x, 2) + std::pow(point.y - centre->y, 2);
  }
  return centres;
}

}  // namespace

void write_map(Markup& markup, const Study& study) {
  if (study.map.empty()) return;
  const Section section(markup, 2, "embeddings", "The embeddings in two dimensions");
  const auto side = markup.open("div", {{"class", "side"}});
  {
    const auto figure = markup.open("figure");
    draw_map(markup, study);
  }
  const auto words = markup.open("div");
  markup.leaf(
      "p",
      "Each mark is a clip; near each other means alike to the encoder, as far as two of its "
      "many directions can show. Nothing is scored with this picture. Emotions that "
      "overlap here may be apart in other directions.");
  const std::size_t shown = std::min(study.map.size(), kMapPoints);
  const std::size_t all = std::max(study.map.size(), study.samples);
  if (shown < all) {
    markup.leaf(
        "p", fmt::format("Shown are {} of {}, evenly picked.", count(shown), counted(all, "clip")));
  }
  Table table{"Centre and spread of each emotion on the map",
              {"Emotion", "Clips", "First", "Second", "Spread"},
              {}};
  const std::vector<Centre> centres = centres_of(study);
  for (std::size_t c = 0; c < centres.size(); ++c) {
    const Centre& centre = centres[c];
    const bool any = centre.clips > 0;
    table.rows.push_back(
        {{study.class_names[c], count(centre.clips), any ? decimal(centre.x, 2) : "–",
          any ? decimal(centre.y, 2) : "–",
          any ? decimal(std::sqrt(centre.squares / static_cast<double>(centre.clips)), 2) : "–"}});
  }
  write_table(markup, table);
}

void write_facts(Markup& markup, const Study& study) {
  const Section section(markup, 2, "facts", "What was evaluated");
  const auto table = markup.open("table", {{"class", "facts"}});
  markup.leaf("caption", "Data, encoder and classifier");
  const auto body = markup.open("tbody");
  const auto row = [&markup](std::string_view name, std::string_view value) {
    const auto line = markup.open("tr");
    markup.leaf("th", {{"scope", "row"}}, name);
    markup.leaf("td", value);
  };
  if (!study.source.empty()) row("Embeddings", study.source);
  for (const auto& [name, value] : study.facts) row(name, value);
  row("Clips", count(study.samples));
  row("Speakers", study.speakers == 0 ? "not known" : count(study.speakers));
  row("Made by", study.created_by);
}

void write_reading(Markup& markup) {
  const Section section(markup, 2, "reading", "How to read this");
  {
    const auto list = markup.open("dl", {{"class", "reading"}});
    const auto term = [&markup](std::string_view name, std::string_view meaning) {
      markup.leaf("dt", name);
      markup.leaf("dd", meaning);
    };
    term("Split",
         "What the model was trained on and what it was tested on. Where a speaker is on both "
         "sides, the model can recognise the voice instead of the emotion, and the figures are too "
         "high for anybody new. A figure without its split means nothing. The split governs what "
         "the "
         "classifier learns from; an encoder that was itself trained on these recordings flatters "
         "every split.");
    term("UAR, unweighted average recall",
         "The mean of the recalls of all emotions. Frequent emotions count no more than rare ones; "
         "guessing gives 1 divided by the number of emotions.");
    term("Accuracy", "The share of clips that were named right. Frequent emotions weigh more.");
    term("Macro F1",
         "The mean over the emotions of F1, the harmonic mean of precision and recall.");
    term("95 % interval",
         "How far the figure would move with other speakers (or clips) of the same kind: it is "
         "computed anew on many random draws, with replacement, from those at hand. It knows "
         "nothing of other microphones, languages or occasions.");
    term("ECE, expected calibration error",
         "How far confidence and truth differ: in each tenth of confidence, the distance between "
         "mean confidence and share of right answers, weighted by the number of clips. 0 is best.");
    term("Brier score",
         "The squared distance between the probabilities and the truth, summed over the emotions; "
         "mean over the clips. 0 is perfect, 2 is certain and always wrong.");
  }
  markup.leaf("p",
              "These figures hold for this split and these recordings. Most corpora of emotional "
              "speech are acted: speakers were told which emotion to show, and showed it more "
              "clearly than people do in daily life. From spontaneous speech, other languages and "
              "other microphones expect less. What is measured is agreement with a label, not what "
              "anybody felt.");
  markup.leaf("p", {{"class", "law"}},
              "The EU AI Act forbids inferring emotions at work and in education, calls it "
              "high-risk elsewhere, and obliges whoever deploys it to tell the people concerned.");
}

}  // namespace undertone::evaluation

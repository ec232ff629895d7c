// Comparisons for the tests of their reports: invented outcomes, ranked as real ones are.
#pragma once

#include <string>
#include <utility>

#include "evaluation/comparison.hpp"
#include "unit/evaluation/report_study.hpp"

namespace undertone::test {

// Samples that the outcomes of made_up_evaluation are of.
inline evaluation::Samples made_up_samples(const StudyShape& shape) {
  evaluation::Samples samples;
  const std::size_t count = speakers_of(shape) * shape.clips_per_speaker;
  samples.class_names = shape.class_names;
  for (std::size_t i = 0; i < count; ++i) {
    samples.labels.push_back(static_cast<int>(i % shape.class_names.size()));
    samples.speakers.push_back("s" + std::to_string(i / shape.clips_per_speaker));
  }
  return samples;
}

// Two encoders, one of them with several layers, times two classifiers.
inline evaluation::Comparison made_up_comparison(const StudyShape& shape = {},
                                                 const std::string& doubt = {}) {
  evaluation::Comparison comparison;
  comparison.created_by = "undertone 0.1.0";
  comparison.source = "metadata.csv";
  comparison.facts = {{"seed", "0"}};
  comparison.samples = speakers_of(shape) * shape.clips_per_speaker;
  comparison.speakers = shape.speakers;
  comparison.class_names = shape.class_names;
  comparison.split = "Speaker-independent: 5 folds over 24 speakers.";
  comparison.speaker_independent = true;
  const auto add = [&](std::string encoder, std::size_t layer, std::string classifier, double skill,
                       std::optional<double> cost) {
    evaluation::Contender contender;
    contender.encoder = std::move(encoder);
    contender.layer = layer;
    contender.classifier = std::move(classifier);
    contender.evaluation = made_up_evaluation(shape, "speaker", skill, true);
    contender.encode_ms = cost;
    contender.cost_ms = cost;
    contender.classify_ms = 0.02;
    comparison.contenders.push_back(std::move(contender));
  };
  for (std::size_t layer = 0; layer < 5; ++layer) {
    const auto depth = static_cast<double>(layer);
    add("undertone-small", layer, "svm", 0.6 + 0.3 * depth, 2 + depth);
    add("undertone-small", layer, "logistic", 0.5 + 0.3 * depth, 2 + depth);
  }
  add("hubert-large-ll60k", 24, "svm", 2.2, 180.0);
  add("hubert-large-ll60k", 24, "forest", 1.7, std::nullopt);
  for (auto& contender : comparison.contenders) {
    if (contender.encoder.starts_with("undertone")) contender.doubt = doubt;
  }
  evaluation::rank_contenders(made_up_samples(shape), 0, comparison);
  return comparison;
}

}  // namespace undertone::test

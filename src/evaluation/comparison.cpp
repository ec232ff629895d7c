#include "evaluation/comparison.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <span>
#include <system_error>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"

namespace undertone::evaluation {
namespace {

// More than for an interval: a p-value that Holm multiplies must be able to be small.
constexpr std::size_t kResamples = 10'000;

void write_text(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace

std::string Contender::encoder_label() const {
  return doubt.empty() ? encoder : encoder + " (untrained)";
}

std::string Contender::name() const {
  return fmt::format("{}, layer {}, {}", encoder_label(), layer, classifier);
}

std::vector<double> holm_adjusted(const std::vector<double>& p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double most = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto left = static_cast<double>(order.size() - i);
    most = std::max(most, std::min(1.0, left * p_values[order[i]]));
    adjusted[order[i]] = most;
  }
  return adjusted;
}

void rank_contenders(const Samples& samples, std::uint64_t seed, Comparison& comparison) {
  auto& contenders = comparison.contenders;
  comparison.best = 0;
  for (std::size_t c = 1; c < contenders.size(); ++c) {
    if (contenders[c].evaluation.pooled.uar > contenders[comparison.best].evaluation.pooled.uar) {
      comparison.best = c;
    }
  }
  std::vector<double> p_values;
  std::vector<std::span<const ClipOutcome>> outcomes;
  const std::vector<ClipOutcome>& of_best = contenders[comparison.best].evaluation.clips;
  for (std::size_t c = 0; c < contenders.size(); ++c) {
    outcomes.emplace_back(contenders[c].evaluation.clips);
    if (c == comparison.best) continue;
    contenders[c].to_best =
        bootstrap_difference(samples, contenders[c].evaluation.clips, of_best, seed, kResamples);
    contenders[c].to_best.first = c;
    contenders[c].to_best.second = comparison.best;
    p_values.push_back(contenders[c].to_best.uar_p);
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  for (std::size_t c = 0, i = 0; c < contenders.size(); ++c) {
    if (c != comparison.best) contenders[c].adjusted_p = adjusted[i++];
  }
  comparison.selection = bootstrap_selection(samples, outcomes, seed);
}

std::vector<std::size_t> by_score(const Comparison& comparison) {
  std::vector<std::size_t> order(comparison.contenders.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return comparison.contenders[a].evaluation.pooled.uar >
           comparison.contenders[b].evaluation.pooled.uar;
  });
  return order;
}

std::vector<std::string> untrained_warnings(const Comparison& comparison) {
  std::vector<std::string> sentences;
  for (const Contender& contender : comparison.contenders) {
    if (contender.doubt.empty()) continue;
    std::string sentence = fmt::format("The encoder {} {}. Its figures are no finding.",
                                       contender.encoder, contender.doubt);
    if (std::find(sentences.begin(), sentences.end(), sentence) == sentences.end()) {
      sentences.push_back(std::move(sentence));
    }
  }
  return sentences;
}

void write_comparison(const std::filesystem::path& folder, const Comparison& comparison) {
  const std::string html = comparison_html(comparison);
  const std::string json = comparison_json(comparison);
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    throw Error(ErrorCode::kFileUnwritable,
                fmt::format("{}: cannot be made a folder: {}", folder.string(), failure.message()));
  }
  write_text(folder / "compare.json", json);
  write_text(folder / "compare.html", html);
}

}  // namespace undertone::evaluation

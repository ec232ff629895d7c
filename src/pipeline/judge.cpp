#include "pipeline/judge.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include <undertone/error.hpp>

namespace undertone::pipeline {

void name_the_greatest(Verdict& verdict) {
  const auto best =
      std::max_element(verdict.probabilities.begin(), verdict.probabilities.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  verdict.label = best->first;
  verdict.confidence = best->second;
}

std::unique_ptr<const Judge> find_judge(const RecognizerOptions& options,
                                        const EmbeddingExtractor& extractor) {
  if (!options.bundle.empty()) {
    if (!std::filesystem::exists(options.bundle)) {
      throw Error(ErrorCode::kModelNotFound,
                  fmt::format("the classifier {} is not there", options.bundle.string()),
                  "Check the path, or train one with `undertone train`.");
    }
    return bundle_judge(options, extractor, options.bundle);
  }
  const std::filesystem::path beside = extractor.folder() / "bundle.safetensors";
  if (std::filesystem::exists(beside)) return bundle_judge(options, extractor, beside);
  return head_judge(options, extractor);
}

}  // namespace undertone::pipeline

#include "server/hearing.hpp"

#include <fmt/format.h>
#include <utility>

#include <undertone/error.hpp>

namespace undertone::server {
namespace {

class RecognizerHearing final : public Hearing {
 public:
  explicit RecognizerHearing(Recognizer recognizer) : recognizer_(std::move(recognizer)) {}

  Prediction predict_memory(std::span<const std::byte> bytes, const std::string& name,
                            const PredictOptions& options) const override {
    return recognizer_.predict_memory(bytes, name, options);
  }
  Prediction predict_samples(std::span<const float> samples, const std::string& name,
                             const PredictOptions& options) const override {
    return recognizer_.predict_samples(samples, name, options);
  }
  const ModelInfo& model() const noexcept override { return recognizer_.model(); }
  const ModelProvenance& provenance() const noexcept override { return recognizer_.provenance(); }
  const std::vector<std::string>& labels() const noexcept override { return recognizer_.labels(); }
  unsigned threads() const noexcept override { return recognizer_.threads(); }

 private:
  Recognizer recognizer_;
};

}  // namespace

std::shared_ptr<const Hearing> hearing_of(Recognizer recognizer) {
  if (recognizer.labels().empty() || recognizer.multi_label()) {
    throw Error(
        ErrorCode::kModelUnsupported,
        fmt::format("the head of {} {}; the server answers with one label of several, with "
                    "probabilities that sum to one",
                    recognizer.model().encoder,
                    recognizer.labels().empty() ? "measures dimensions and knows no labels"
                                                : "gives each label a probability of its own"),
        "Serve a categorical model: a bundle, or a head with softmax. `undertone predict` runs "
        "this one.");
  }
  return std::make_shared<const RecognizerHearing>(std::move(recognizer));
}

}  // namespace undertone::server

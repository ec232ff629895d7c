#include "classifier/soft_voting.hpp"

#include <fmt/format.h>
#include <utility>

#include <undertone/error.hpp>

namespace undertone::classifier {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::kModelCorrupt, "the ensemble " + message);
}

std::size_t classes_of(const SingleEstimator& member) {
  return std::visit([](const auto& estimator) { return estimator.classes(); }, member);
}

std::size_t features_of(const SingleEstimator& member) {
  return std::visit([](const auto& estimator) { return estimator.features(); }, member);
}

}  // namespace

SoftVoting::SoftVoting(std::vector<SingleEstimator> members, std::vector<double> weights)
    : members_(std::move(members)), weights_(std::move(weights)) {
  if (members_.empty()) refuse("has no member");
  if (!weights_.empty() && weights_.size() != members_.size()) {
    refuse(fmt::format("has {} weights for {} members", weights_.size(), members_.size()));
  }
  for (const double weight : weights_) {
    if (!(weight > 0 && weight <= 1e6)) refuse(fmt::format("has {} as a weight", weight));
  }
  for (const SingleEstimator& member : members_) {
    if (classes_of(member) != classes() || features_of(member) != features()) {
      refuse(fmt::format("has members of {} and {} classes on {} and {} features", classes(),
                         classes_of(member), features(), features_of(member)));
    }
    if (!std::visit([](const auto& estimator) { return estimator.has_probabilities(); }, member)) {
      refuse("has a member without probabilities");
    }
  }
}

std::size_t SoftVoting::classes() const noexcept { return classes_of(members_.front()); }
std::size_t SoftVoting::features() const noexcept { return features_of(members_.front()); }

ClassPrediction SoftVoting::predict(std::span<const double> x) const {
  return std::move(predict_rows({x.data(), 1, x.size()}).front());
}

std::vector<ClassPrediction> SoftVoting::predict_rows(tensor::MatrixView<const double> x) const {
  std::vector<std::vector<double>> sums(x.rows(), std::vector<double>(classes(), 0.0));
  double total = 0;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    const double weight = weights_.empty() ? 1.0 : weights_[m];
    total += weight;
    const std::vector<ClassPrediction> said =
        std::visit([&](const auto& estimator) { return estimator.predict_rows(x); }, members_[m]);
    for (std::size_t r = 0; r < x.rows(); ++r) {
      for (std::size_t c = 0; c < classes(); ++c) {
        sums[r][c] += weight * said[r].probabilities[c];
      }
    }
  }
  std::vector<ClassPrediction> predictions;
  predictions.reserve(x.rows());
  for (auto& sum : sums) {
    for (double& value : sum) value /= total;
    predictions.push_back(prediction_of(std::move(sum)));
  }
  return predictions;
}

}  // namespace undertone::classifier

#include "evaluation/search.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <tuple>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/pca.hpp"
#include "classifier/standard_scaler.hpp"
#include "classifier/support_vector_classifier.hpp"
#include "evaluation/fold_training.hpp"
#include "evaluation/scores.hpp"
#include "evaluation/side_by_side.hpp"
#include "evaluation/units.hpp"

namespace undertone::evaluation {
namespace {

using classifier::ClassifierKind;
using classifier::ClassWeight;
using classifier::EmotionClassifierOptions;
using classifier::GammaRule;
using classifier::PcaSize;
using Confusion = tensor::Matrix<std::size_t>;

// kind (number, fraction, none) and value: ordered by simplicity.
std::pair<int, double> rank(const std::optional<PcaSize>& pca) {
  if (!pca) return {2, 0};
  if (const auto* count = std::get_if<std::size_t>(&*pca)) {
    return {0, static_cast<double>(*count)};
  }
  return {1, std::get<double>(*pca)};
}

std::pair<int, double> rank(const classifier::Gamma& gamma) {
  if (const auto* rule = std::get_if<GammaRule>(&gamma)) {
    return {0, *rule == GammaRule::kScale ? 0 : 1};
  }
  return {1, std::get<double>(gamma)};
}

auto rank(const EmotionClassifierOptions& options) {
  return std::tuple(options.svm.c, rank(options.pca), rank(options.svm.gamma),
                    options.svm.class_weight == ClassWeight::kNone ? 0 : 1);
}

// The combinations; the cost varies fastest, so that those that share a kernel are neighbours.
std::vector<EmotionClassifierOptions> combinations(const EmotionClassifierOptions& base,
                                                   const SearchGrid& grid) {
  std::vector<EmotionClassifierOptions> all;
  for (const auto& pca : grid.pca) {
    for (const auto& gamma : grid.gammas) {
      for (const ClassWeight weight : grid.class_weights) {
        for (const double c : grid.costs) {
          EmotionClassifierOptions options = base;
          options.pca = pca;
          options.svm.gamma = gamma;
          options.svm.class_weight = weight;
          options.svm.c = c;
          classifier::validate(options.svm);
          all.push_back(options);
        }
      }
    }
  }
  return all;
}

tensor::Matrix<double> transform_rows(const auto& step, tensor::MatrixView<const double> x,
                                      std::size_t features, ThreadPool& pool) {
  tensor::Matrix<double> y(x.rows(), features);
  pool.parallel_for(x.rows(), [&](std::size_t r) { step.transform(x.row(r), y.row(r)); });
  return y;
}

// The first columns of a matrix, as one of its own.
tensor::Matrix<double> first_columns(const tensor::Matrix<double>& x, std::size_t count) {
  tensor::Matrix<double> y(x.rows(), count);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    std::copy_n(x.row(r).begin(), count, y.row(r).begin());
  }
  return y;
}

// One side of a fold as the support vector machine sees it.
struct Side {
  tensor::Matrix<double> x;
  std::vector<int> labels;
};

class FoldSearch {
 public:
  FoldSearch(const Samples& samples, const Fold& fold, const SearchGrid& grid, ThreadPool& pool)
      : samples_(samples), grid_(grid), pool_(pool) {
    train_.labels = labels_of(samples, fold.train);
    test_.labels = labels_of(samples, fold.test);
    const tensor::Matrix<double> train = widened(fold.train);
    const tensor::Matrix<double> test = widened(fold.test);
    const auto scaler = classifier::StandardScaler::fit(train.view());
    train_.x = transform_rows(scaler, train.view(), train.cols(), pool);
    test_.x = transform_rows(scaler, test.view(), test.cols(), pool);
    std::size_t most = 0;
    for (const auto& pca : grid.pca) {
      if (pca && std::holds_alternative<std::size_t>(*pca)) {
        most = std::max(most, std::get<std::size_t>(*pca));
      }
    }
    most = std::min({most, train_.x.rows(), train_.x.cols()});
    if (most > 0) project(PcaSize{most}, projected_train_, projected_test_);
  }

  // The confusions of each combination, in their order.
  std::vector<Confusion> run(const EmotionClassifierOptions& base) {
    std::vector<Confusion> confusions;
    for (const auto& pca : grid_.pca) {
      tensor::Matrix<double> train;
      tensor::Matrix<double> test;
      if (!pca) {
        train = train_.x.clone();
        test = test_.x.clone();
      } else if (const auto* asked = std::get_if<std::size_t>(&*pca)) {
        // The first components of many are those that fewer would be.
        const std::size_t count = std::min(*asked, projected_train_.cols());
        train = first_columns(projected_train_, count);
        test = first_columns(projected_test_, count);
      } else {
        project(*pca, train, test);
      }
      for (const auto& gamma : grid_.gammas) {
        for (const ClassWeight weight : grid_.class_weights) {
          classifier::SvmOptions svm = base.svm;
          svm.probability = false;
          svm.gamma = gamma;
          svm.class_weight = weight;
          const auto fitted = classifier::SupportVectorClassifier::fit_costs(
              train.view(), train_.labels, samples_.class_names, svm, grid_.costs, {}, &pool_);
          for (const auto& machine : fitted) confusions.push_back(confusion_of(machine, test));
        }
      }
    }
    return confusions;
  }

 private:
  tensor::Matrix<double> widened(std::span<const std::size_t> rows) const {
    tensor::Matrix<double> x(rows.size(), samples_.embeddings.cols());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = samples_.embeddings.row(rows[i]);
      std::copy(row.begin(), row.end(), x.row(i).begin());
    }
    return x;
  }

  void project(const PcaSize& size, tensor::Matrix<double>& train, tensor::Matrix<double>& test) {
    const auto pca = classifier::Pca::fit(train_.x.view(), size);
    train = transform_rows(pca, train_.x.view(), pca.components_count(), pool_);
    test = transform_rows(pca, test_.x.view(), pca.components_count(), pool_);
  }

  Confusion confusion_of(const classifier::SupportVectorClassifier& machine,
                         const tensor::Matrix<double>& test) {
    std::vector<std::size_t> predicted(test.rows());
    pool_.parallel_for(test.rows(),
                       [&](std::size_t r) { predicted[r] = machine.predict(test.row(r)).label; });
    const std::size_t classes = samples_.class_names.size();
    Confusion confusion(classes, classes);
    for (std::size_t r = 0; r < test.rows(); ++r) {
      ++confusion(static_cast<std::size_t>(test_.labels[r]), predicted[r]);
    }
    return confusion;
  }

  const Samples& samples_;
  const SearchGrid& grid_;
  ThreadPool& pool_;
  Side train_;
  Side test_;
  tensor::Matrix<double> projected_train_;
  tensor::Matrix<double> projected_test_;
};

}  // namespace

bool simpler(const EmotionClassifierOptions& a, const EmotionClassifierOptions& b) {
  return rank(a) < rank(b);
}

SearchOutcome search(const Samples& samples, std::span<const Fold> folds,
                     const EmotionClassifierOptions& base, const SearchGrid& grid, ThreadPool& pool,
                     std::stop_token stop) {
  const std::vector<EmotionClassifierOptions> tried = combinations(base, grid);
  std::size_t most = 0;
  for (const Fold& fold : folds) {
    require_finite(samples, fold.train);
    require_finite(samples, fold.test);
    most = std::max(most, fold.train.size());
  }
  std::vector<std::vector<Confusion>> of_fold(folds.size());
  side_by_side(
      pool, folds.size(), training_bytes(most, samples.embeddings.cols(), base.svm), stop,
      [&](std::size_t f) { of_fold[f] = FoldSearch(samples, folds[f], grid, pool).run(base); });

  SearchOutcome outcome;
  const std::size_t classes = samples.class_names.size();
  for (std::size_t c = 0; c < tried.size(); ++c) {
    Confusion sum(classes, classes);
    for (const auto& confusions : of_fold) {
      for (std::size_t i = 0; i < classes * classes; ++i) {
        sum.data()[i] += confusions[c].data()[i];
      }
    }
    outcome.candidates.push_back({tried[c], summarize(sum).uar});
  }
  std::stable_sort(outcome.candidates.begin(), outcome.candidates.end(),
                   [](const auto& a, const auto& b) { return simpler(a.options, b.options); });
  for (std::size_t c = 1; c < outcome.candidates.size(); ++c) {
    if (outcome.candidates[c].uar > outcome.candidates[outcome.best].uar) outcome.best = c;
  }
  return outcome;
}

SplitPlan selection_plan(const Samples& samples, std::span<const std::size_t> rows,
                         std::size_t folds, std::uint64_t seed) {
  SplitOptions options;
  options.kind = default_split(samples, rows);
  options.seed = seed;
  const auto units = units_of(samples, rows, {.by_speaker = options.kind == SplitKind::kSpeaker});
  const std::set<std::int64_t> distinct(units.begin(), units.end());
  options.folds = std::max<std::size_t>(2, std::min(folds, distinct.size()));
  SplitPlan plan = plan_split(samples, rows, options);
  if (options.folds < folds) {
    plan.notices.push_back(
        fmt::format("settings are compared on {} folds instead of {}: there are no more speakers",
                    options.folds, folds));
  }
  return plan;
}

std::string in_words(const EmotionClassifierOptions& options) {
  std::string pca = "no PCA";
  if (options.pca) {
    const auto* count = std::get_if<std::size_t>(&*options.pca);
    pca = count != nullptr
              ? fmt::format("{} components", *count)
              : fmt::format("components for {} of the variance", std::get<double>(*options.pca));
  }
  switch (options.kind) {
    case ClassifierKind::kSvm:
      break;
    case ClassifierKind::kLogistic:
      return fmt::format("logistic regression, C = {}, {}, class weight {}", options.logistic.c,
                         pca, to_string(options.logistic.class_weight));
    case ClassifierKind::kForest:
      return fmt::format("random forest of {} trees{}, {}, class weight {}", options.forest.trees,
                         options.forest.max_depth
                             ? fmt::format(" of depth {} at most", *options.forest.max_depth)
                             : std::string(),
                         pca, to_string(options.forest.class_weight));
    case ClassifierKind::kEnsemble: {
      std::string members;
      for (std::size_t m = 0; m < options.voting.members.size(); ++m) {
        members += fmt::format("{}{}", m == 0 ? "" : ", ", to_string(options.voting.members[m]));
        if (options.voting.weights.empty()) continue;
        members += fmt::format(" (weight {})", options.voting.weights[m]);
      }
      return fmt::format("ensemble of {}, {}", members, pca);
    }
  }
  const auto* rule = std::get_if<GammaRule>(&options.svm.gamma);
  return fmt::format(
      "C = {}, gamma = {}, {}, {}, class weight {}", options.svm.c,
      rule != nullptr ? std::string(to_string(*rule))
                      : fmt::format("{}", std::get<double>(options.svm.gamma)),
      pca,
      options.svm.multiclass == classifier::Multiclass::kOneVsOne ? "one-vs-one" : "one-vs-rest",
      to_string(options.svm.class_weight));
}

}  // namespace undertone::evaluation

// The classifier cross-validated as `undertone evaluate` does it, or with LIBSVM in the place of
// our support vector machine, on the data that classifier_peers.py makes.
//
//   undertone_classifier_bench undertone|libsvm|compare FOLDER [--threads N]
//
// FOLDER holds x.npy [samples, features] float32, y.npy and fold.npy [samples] int64. Prints one
// JSON object: seconds, those of each phase summed over folds (phases of several threads overlap),
// and the accuracy of each fold. `compare` trains both on the first fold and prints how far their
// decision values on the other clips are apart instead.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <libsvm/svm.h>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "classifier/emotion_classifier.hpp"
#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"
#include "tensor/npy.hpp"

namespace {

using namespace undertone;
using namespace undertone::classifier;

const std::vector<std::string> kNames{"Neutral", "Happy", "Sad", "Angry", "Fear", "Disgust"};
constexpr std::size_t kComponents = 200;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds by phase, from any thread.
class Phases {
 public:
  template <class Body>
  auto time(const char* name, Body body) {
    const double begin = now();
    auto result = body();
    const std::lock_guard lock(mutex_);
    seconds_[name] += now() - begin;
    return result;
  }
  const std::map<std::string, double>& seconds() const { return seconds_; }

 private:
  std::mutex mutex_;
  std::map<std::string, double> seconds_;
};

template <class T>
std::vector<T> values_of(const tensor::NpyArray& array) {
  std::vector<T> values(array.data.size() / sizeof(T));
  std::memcpy(values.data(), array.data.data(), values.size() * sizeof(T));
  return values;
}

struct Part {
  tensor::Matrix<float> x;
  std::vector<int> y;
};

struct Data {
  std::vector<float> x;
  std::size_t features;
  std::vector<std::int64_t> y;
  std::vector<std::int64_t> fold;
  std::size_t folds;

  explicit Data(const std::filesystem::path& folder) {
    const auto array = tensor::read_npy(folder / "x.npy");
    x = values_of<float>(array);
    features = array.shape.at(1);
    y = values_of<std::int64_t>(tensor::read_npy(folder / "y.npy"));
    fold = values_of<std::int64_t>(tensor::read_npy(folder / "fold.npy"));
    folds = static_cast<std::size_t>(*std::max_element(fold.begin(), fold.end())) + 1;
  }

  Part part(std::size_t of_fold, bool inside) const {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < y.size(); ++i) {
      if ((fold[i] == static_cast<std::int64_t>(of_fold)) == inside) rows.push_back(i);
    }
    Part part{tensor::Matrix<float>(rows.size(), features), {}};
    for (std::size_t r = 0; r < rows.size(); ++r) {
      std::copy_n(x.data() + rows[r] * features, features, part.x.row(r).data());
      part.y.push_back(static_cast<int>(y[rows[r]]));
    }
    return part;
  }
};

void for_each(ThreadPool* threads, std::size_t count, FunctionRef<void(std::size_t)> body) {
  threads->parallel_for(count, body);
}

double accuracy(const std::vector<int>& truth, auto label_of) {
  std::size_t right = 0;
  for (std::size_t r = 0; r < truth.size(); ++r) {
    right += label_of(r) == static_cast<std::size_t>(truth[r]);
  }
  return static_cast<double>(right) / static_cast<double>(truth.size());
}

// ---- Undertone

std::vector<double> cross_validate(const Data& data, ThreadPool& threads, Phases& phases) {
  std::vector<double> accuracies(data.folds);
  for_each(&threads, data.folds, [&](std::size_t fold) {
    const Part training = data.part(fold, false);
    const Part test = data.part(fold, true);
    const auto classifier = phases.time("fit", [&] {
      return EmotionClassifier::fit(training.x.view(), training.y, kNames, {}, {}, &threads);
    });
    const auto predictions =
        phases.time("predict", [&] { return classifier.predict_all(test.x.view(), &threads); });
    accuracies[fold] = accuracy(test.y, [&](std::size_t r) { return predictions[r].label; });
  });
  return accuracies;
}

// ---- what LIBSVM gets: our scaler and PCA, so that it is compared with our machine alone

struct Projected {
  tensor::Matrix<double> training;
  tensor::Matrix<double> test;
};

tensor::Matrix<double> widen(const tensor::Matrix<float>& x) {
  tensor::Matrix<double> wide(x.rows(), x.cols());
  std::copy_n(x.data(), x.rows() * x.cols(), wide.data());
  return wide;
}

Projected project(const Part& training, const Part& test, ThreadPool& threads) {
  auto x = widen(training.x);
  const auto scaler = StandardScaler::fit(x.view());
  for (std::size_t r = 0; r < x.rows(); ++r) scaler.transform(x.row(r), x.row(r));
  const auto pca = Pca::fit(x.view(), kComponents, &threads);
  const auto apply = [&](tensor::Matrix<double>& rows) {
    tensor::Matrix<double> y(rows.rows(), kComponents);
    pca.transform_rows(rows.view(), y.view());
    return y;
  };
  auto z = widen(test.x);
  for (std::size_t r = 0; r < z.rows(); ++r) scaler.transform(z.row(r), z.row(r));
  return {apply(x), apply(z)};
}

class Libsvm {
 public:
  // In the order of the classes: LIBSVM counts them as it meets them, and the order of the samples
  // decides between equals.
  Libsvm(const tensor::Matrix<double>& x, const std::vector<int>& labels, bool probability) {
    svm_set_print_string_function([](const char*) {});
    for (int c = 0; c < static_cast<int>(kNames.size()); ++c) {
      for (std::size_t r = 0; r < x.rows(); ++r) {
        if (labels[r] != c) continue;
        nodes_.push_back(to_nodes(x.row(r)));
        y_.push_back(c);
      }
    }
    for (auto& row : nodes_) rows_.push_back(row.data());
    svm_parameter parameter{};
    parameter.svm_type = C_SVC;
    parameter.kernel_type = RBF;
    parameter.gamma = gamma_value(GammaRule::kScale, x.view());
    parameter.cache_size = 200;
    parameter.eps = 1e-3;
    parameter.C = 1;
    parameter.shrinking = 1;
    parameter.probability = probability ? 1 : 0;
    const svm_problem problem{static_cast<int>(rows_.size()), y_.data(), rows_.data()};
    model_.reset(svm_train(&problem, &parameter));
  }

  // The class of the greatest probability.
  std::size_t predict(std::span<const double> x) const {
    const auto row = to_nodes(x);
    std::vector<double> p(kNames.size());
    svm_predict_probability(model_.get(), row.data(), p.data());
    return static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
  }

  std::vector<double> decision_values(std::span<const double> x) const {
    const auto row = to_nodes(x);
    std::vector<double> values(kNames.size() * (kNames.size() - 1) / 2);
    svm_predict_values(model_.get(), row.data(), values.data());
    return values;
  }

  std::size_t support_vectors() const { return static_cast<std::size_t>(model_->l); }

 private:
  struct Release {
    void operator()(svm_model* model) const { svm_free_and_destroy_model(&model); }
  };

  static std::vector<svm_node> to_nodes(std::span<const double> x) {
    std::vector<svm_node> row;
    for (std::size_t d = 0; d < x.size(); ++d) row.push_back({static_cast<int>(d) + 1, x[d]});
    row.push_back({-1, 0});
    return row;
  }

  std::vector<double> y_;
  std::vector<std::vector<svm_node>> nodes_;
  std::vector<svm_node*> rows_;
  std::unique_ptr<svm_model, Release> model_;
};

std::vector<double> cross_validate_libsvm(const Data& data, ThreadPool& threads, Phases& phases) {
  std::vector<double> accuracies(data.folds);
  for_each(&threads, data.folds, [&](std::size_t fold) {
    const Part training = data.part(fold, false);
    const Part test = data.part(fold, true);
    const auto projected =
        phases.time("scaler and PCA (ours)", [&] { return project(training, test, threads); });
    const auto svm =
        phases.time("fit", [&] { return Libsvm(projected.training, training.y, true); });
    phases.time("predict", [&] {
      accuracies[fold] =
          accuracy(test.y, [&](std::size_t r) { return svm.predict(projected.test.row(r)); });
      return 0;
    });
  });
  return accuracies;
}

nlohmann::json compare(const Data& data, ThreadPool& threads) {
  const Part training = data.part(0, false);
  const Part test = data.part(0, true);
  const auto projected = project(training, test, threads);
  SvmOptions options;
  options.probability = false;
  const auto ours = SupportVectorClassifier::fit(projected.training.view(), training.y, kNames,
                                                 options, {}, &threads);
  const Libsvm theirs(projected.training, training.y, false);
  double worst = 0;
  std::size_t other_signs = 0;
  for (std::size_t r = 0; r < test.y.size(); ++r) {
    const auto a = ours.decision_values(projected.test.row(r));
    const auto b = theirs.decision_values(projected.test.row(r));
    for (std::size_t m = 0; m < a.size(); ++m) {
      worst = std::max(worst, std::abs(a[m] - b[m]) / std::max(1.0, std::abs(b[m])));
      other_signs += (a[m] > 0) != (b[m] > 0);
    }
  }
  return {{"decision_values", test.y.size() * ours.machines()},
          {"greatest_difference", worst},
          {"other_signs", other_signs},
          {"support_vectors", ours.parameters().support_vectors.rows()},
          {"support_vectors_of_libsvm", theirs.support_vectors()}};
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string what = argc > 2 ? argv[1] : "";
    unsigned thread_count = available_threads();
    if (argc == 5 && std::strcmp(argv[3], "--threads") == 0) {
      thread_count = static_cast<unsigned>(std::atoi(argv[4]));
    } else if (argc != 3) {
      std::fprintf(stderr,
                   "usage: undertone_classifier_bench undertone|libsvm|compare FOLDER "
                   "[--threads N]\n");
      return 2;
    }
    ThreadPool threads(thread_count);
    const Data data(argv[2]);
    nlohmann::json result = {{"threads", thread_count}};
    if (what == "compare") {
      result.update(compare(data, threads));
    } else {
      Phases phases;
      const double begin = now();
      const auto accuracies = what == "libsvm" ? cross_validate_libsvm(data, threads, phases)
                                               : cross_validate(data, threads, phases);
      result["seconds"] = now() - begin;
      result["phases"] = phases.seconds();
      result["accuracy"] = accuracies;
      if (what == "libsvm") result["version"] = std::to_string(LIBSVM_VERSION);
    }
    std::printf("%s\n", result.dump().c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "undertone_classifier_bench: %s\n", error.what());
    return 1;
  }
}

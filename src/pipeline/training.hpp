// A table of embeddings to a classifier that knows where it came from.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "classifier/bundle.hpp"
#include "common/thread_pool.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline {

struct TrainingOptions {
  std::vector<std::string> classes{};  // empty: those of the six that the data have
  std::optional<classifier::PcaSize> pca = classifier::PcaSize{std::size_t{200}};
  classifier::SvmOptions svm{};
  std::string licence{};  // of the resulting bundle
};

struct TrainingReport {
  std::size_t samples = 0;
  std::map<std::string, std::size_t> class_counts;  // of what was trained on
  std::map<std::string, std::size_t> left_out;      // labels that are no classes; "" is no label
  std::size_t speakers = 0;                         // groups in calibration; 0 if there are none
  std::vector<std::string> notices;                 // what was not done as asked, in sentences
};

struct Training {
  classifier::Bundle bundle;
  TrainingReport report;
};

// Rows whose label is none of the classes are left out. The number of principal components is
// lowered, with a notice, to what the data allow. Where every row has a speaker, all rows of one
// stay together in the calibration of probabilities; if the speakers are too few for that, they
// are not, with a notice. Throws Error(kDataInvalid) for data that cannot be trained on and
// Error(kInvalidArgument) for options outside their range.
Training train_classifier(const EmbeddingTable& table, const TrainingOptions& options,
                          ThreadPool& pool);

}  // namespace undertone::pipeline

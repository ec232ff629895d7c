// Sigmoids fitted to decision values that come from outside the training data.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "classifier/classifier_options.hpp"
#include "classifier/platt_sigmoid.hpp"
#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// What samples get from the machines of a classifier that has not seen them.
struct HeldOutDecisions {
  tensor::Matrix<double> values;  // [samples, machines], in the order of SvmParameters
  std::vector<int> labels;        // [samples], indices into the class names
};

// Fits scaler, PCA and machines of the options to the training samples, as EmotionClassifier::fit
// does, and gives the decision values of the held-out ones; options.kind is taken to be kSvm.
// embeddings and held_out: [samples, features]; their labels: indices into class_names. `threads`
// may be null; the same bits on any number of them. Throws what EmotionClassifier::fit throws, and
// Error(kDataInvalid) if the widths disagree.
HeldOutDecisions held_out_decisions(tensor::MatrixView<const float> embeddings,
                                    std::span<const int> labels,
                                    tensor::MatrixView<const float> held_out,
                                    std::span<const int> held_out_labels,
                                    std::span<const std::string> class_names,
                                    const EmotionClassifierOptions& options, ThreadPool* threads);

// One sigmoid a machine, each fitted (see platt_sigmoid.hpp) to the values of all sets together:
// one-vs-one to those of the machine's two classes, one-vs-rest to all. Throws Error(kDataInvalid)
// naming a class of which no set has a sample, and Error(kInvalidArgument) for values of another
// number of machines than the classes make, not finite, or with labels that are no classes.
std::vector<PlattSigmoid> fit_sigmoids(std::span<const HeldOutDecisions> sets,
                                       Multiclass multiclass,
                                       std::span<const std::string> class_names);

}  // namespace undertone::classifier

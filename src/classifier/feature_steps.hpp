// The steps before an estimator: StandardScaler, then PCA where there is one.
#pragma once

#include <optional>

#include "classifier/pca.hpp"
#include "classifier/standard_scaler.hpp"
#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

struct FittedFeatures {
  StandardScaler scaler;
  std::optional<Pca> pca;
  tensor::Matrix<double> x;  // what the steps make of the rows that they were fitted to
};

// embeddings: [samples, features]; `threads` may be null, the result has the same bits on any
// number of them. Throws what StandardScaler::fit and Pca::fit throw.
FittedFeatures fit_features(tensor::MatrixView<const float> embeddings,
                            const std::optional<PcaSize>& pca, ThreadPool* threads);

// One row a row of the embeddings, each with the same bits alone and among others. Throws
// Error(kDataInvalid) on another width.
tensor::Matrix<double> features_of(const StandardScaler& scaler, const std::optional<Pca>& pca,
                                   tensor::MatrixView<const float> embeddings);

}  // namespace undertone::classifier

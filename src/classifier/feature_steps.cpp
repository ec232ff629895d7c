#include "classifier/feature_steps.hpp"

#include <algorithm>
#include <utility>

#include "classifier/row_blocks.hpp"

namespace undertone::classifier {

FittedFeatures fit_features(tensor::MatrixView<const float> embeddings,
                            const std::optional<PcaSize>& pca, ThreadPool* threads) {
  tensor::Matrix<double> x(embeddings.rows(), embeddings.cols());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    const auto row = embeddings.row(r);
    std::copy(row.begin(), row.end(), x.row(r).begin());
  }
  StandardScaler scaler = StandardScaler::fit(x.view());
  for_each_block(threads, x.rows(), [&](std::size_t first, std::size_t count) {
    for (std::size_t r = first; r < first + count; ++r) scaler.transform(x.row(r), x.row(r));
  });
  std::optional<Pca> fitted;
  if (pca) {
    fitted = Pca::fit(x.view(), *pca, threads);
    tensor::Matrix<double> projected(x.rows(), fitted->components_count());
    for_each_block(threads, x.rows(), [&](std::size_t first, std::size_t count) {
      fitted->transform_rows(x.view().rows_from(first, count),
                             projected.view().rows_from(first, count));
    });
    x = std::move(projected);
  }
  return {std::move(scaler), std::move(fitted), std::move(x)};
}

tensor::Matrix<double> features_of(const StandardScaler& scaler, const std::optional<Pca>& pca,
                                   tensor::MatrixView<const float> embeddings) {
  tensor::Matrix<double> x(embeddings.rows(), embeddings.cols());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    std::copy_n(embeddings.row_data(r), x.cols(), x.row(r).begin());
    scaler.transform(x.row(r), x.row(r));
  }
  if (!pca) return x;
  tensor::Matrix<double> projected(x.rows(), pca->components_count());
  pca->transform_rows(x.view(), projected.view());
  return projected;
}

}  // namespace undertone::classifier

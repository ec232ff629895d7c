#include "classifier/linear_algebra.hpp"

#include <algorithm>
#include <cassert>
#include <mutex>
#include <utility>
#include <vector>

#include <undertone/error.hpp>

// Fortran's interface: everything by address, matrices by columns, and the length of each character
// argument behind the others.
extern "C" {
void openblas_set_num_threads(int threads);
void dgemm_(const char* transpose_a, const char* transpose_b, const int* m, const int* n,
            const int* k, const double* alpha, const double* a, const int* lda, const double* b,
            const int* ldb, const double* beta, double* c, const int* ldc, std::size_t,
            std::size_t);
void dsyrk_(const char* triangle, const char* transpose, const int* n, const int* k,
            const double* alpha, const double* a, const int* lda, const double* beta, double* c,
            const int* ldc, std::size_t, std::size_t);
void dsytrd_(const char* triangle, const int* n, double* a, const int* lda, double* d, double* e,
             double* tau, double* work, const int* lwork, int* info, std::size_t);
void dstemr_(const char* vectors, const char* range, const int* n, double* d, double* e,
             const double* lowest, const double* highest, const int* first, const int* last,
             int* found, double* w, double* z, const int* ldz, const int* nzc, int* isuppz,
             int* try_relative, double* work, const int* lwork, int* iwork, const int* liwork,
             int* info, std::size_t, std::size_t);
void dormtr_(const char* side, const char* triangle, const char* transpose, const int* m,
             const int* n, const double* a, const int* lda, const double* tau, double* c,
             const int* ldc, double* work, const int* lwork, int* info, std::size_t, std::size_t,
             std::size_t);
}

namespace undertone::classifier {

namespace {

constexpr std::size_t kTile = 256;  // rows and columns of one piece of a scatter matrix

void own_the_threads() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

int as_int(std::size_t value) {
  assert(value <= 0x7fffffff);
  return static_cast<int>(value);
}

[[noreturn]] void refuse() {
  throw Error(ErrorCode::kDataInvalid,
              "the principal components of the training data could not be computed",
              "Look for extreme values in the embeddings.");
}

}  // namespace

tensor::Matrix<double> scatter(tensor::MatrixView<const double> x, ThreadPool* threads) {
  own_the_threads();
  tensor::Matrix<double> lower(x.cols(), x.cols());
  const std::size_t tiles = (x.cols() + kTile - 1) / kTile;
  std::vector<std::pair<std::size_t, std::size_t>> pieces;  // the whole tiles first, then halves
  for (std::size_t i = 0; i < tiles; ++i) {
    for (std::size_t j = 0; j < i; ++j) pieces.emplace_back(i, j);
  }
  for (std::size_t i = 0; i < tiles; ++i) pieces.emplace_back(i, i);
  const double one = 1;
  const double zero = 0;
  const int samples = as_int(x.rows());
  const int stride = as_int(x.stride());
  const int ldc = as_int(x.cols());
  const auto fill = [&](std::size_t p) {
    const std::size_t row = pieces[p].first * kTile;
    const std::size_t column = pieces[p].second * kTile;
    const int rows = as_int(std::min(kTile, x.cols() - row));
    const int columns = as_int(std::min(kTile, x.cols() - column));
    double* target = lower.data() + row * x.cols() + column;
    // By columns x is [features, samples] and the lower triangle an upper one.
    if (row == column) {
      dsyrk_("U", "N", &rows, &samples, &one, x.data() + row, &stride, &zero, target, &ldc, 1, 1);
    } else {
      dgemm_("N", "T", &columns, &rows, &samples, &one, x.data() + column, &stride, x.data() + row,
             &stride, &zero, target, &ldc, 1, 1);
    }
  };
  if (threads != nullptr) {
    threads->parallel_for(pieces.size(), fill);
  } else {
    for (std::size_t p = 0; p < pieces.size(); ++p) fill(p);
  }
  return lower;
}

// The matrix as Q·T·Qᵀ with T tridiagonal. A row-major lower triangle is an upper one by columns.
SymmetricEigen::SymmetricEigen(tensor::Matrix<double> lower)
    : n_(as_int(lower.rows())),
      reflectors_(std::move(lower)),
      diagonal_(reflectors_.rows()),
      off_diagonal_(reflectors_.rows()),
      tau_(reflectors_.rows()) {
  own_the_threads();
  int info = 0;
  double best_size = 0;
  const int query = -1;
  dsytrd_("U", &n_, reflectors_.data(), &n_, diagonal_.data(), off_diagonal_.data(), tau_.data(),
          &best_size, &query, &info, 1);
  std::vector<double> work(static_cast<std::size_t>(std::max(best_size, 1.0)));
  const int lwork = as_int(work.size());
  dsytrd_("U", &n_, reflectors_.data(), &n_, diagonal_.data(), off_diagonal_.data(), tau_.data(),
          work.data(), &lwork, &info, 1);
  if (info != 0) refuse();
}

std::vector<double> SymmetricEigen::values(std::size_t count) const {
  std::vector<double> ascending = solve(count, nullptr);
  return {ascending.rbegin(), ascending.rend()};
}

tensor::Matrix<double> SymmetricEigen::vectors(std::size_t count) const {
  tensor::Matrix<double> rows;
  solve(count, &rows);
  turn_back(rows);
  for (std::size_t r = 0; r < count / 2; ++r) {
    const auto row = rows.row(r);
    std::swap_ranges(row.begin(), row.end(), rows.row(count - 1 - r).begin());
  }
  return rows;
}

// The greatest `count` eigenvalues of T, ascending, and their vectors if asked for.
std::vector<double> SymmetricEigen::solve(std::size_t count,
                                          tensor::Matrix<double>* vectors) const {
  std::vector<double> d = diagonal_;  // both are overwritten
  std::vector<double> e = off_diagonal_;
  std::vector<double> values(d.size());
  std::vector<int> support(2 * d.size());
  std::vector<double> work(18 * d.size() + 1);
  std::vector<int> iwork(10 * d.size() + 1);
  const int lwork = as_int(work.size());
  const int liwork = as_int(iwork.size());
  const int room = as_int(count);
  const int first = n_ - room + 1;
  const double unused = 0;
  double no_vectors = 0;
  double* z = &no_vectors;
  if (vectors != nullptr) {
    *vectors = tensor::Matrix<double>(count, d.size());
    z = vectors->data();
  }
  int found = 0;
  int try_relative = 1;
  int info = 0;
  dstemr_(vectors != nullptr ? "V" : "N", "I", &n_, d.data(), e.data(), &unused, &unused, &first,
          &n_, &found, values.data(), z, &n_, &room, support.data(), &try_relative, work.data(),
          &lwork, iwork.data(), &liwork, &info, 1, 1);
  if (info != 0 || found != room) refuse();
  values.resize(count);
  return values;
}

// Eigenvectors of T become those of the matrix.
void SymmetricEigen::turn_back(tensor::Matrix<double>& vectors) const {
  const int columns = as_int(vectors.rows());
  std::vector<double> work(64 * vectors.rows() + 65 * 64);
  const int lwork = as_int(work.size());
  int info = 0;
  dormtr_("L", "U", "N", &n_, &columns, reflectors_.data(), &n_, tau_.data(), vectors.data(), &n_,
          work.data(), &lwork, &info, 1, 1, 1);
  if (info != 0) refuse();
}

}  // namespace undertone::classifier

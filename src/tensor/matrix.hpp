// Matrices of numbers in aligned memory, and views of them.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace undertone::tensor {

// A cache line, and the widest vector register.
inline constexpr std::size_t kAlignment = 64;

// Uninitialised, 64-byte aligned memory for trivially copyable values. Movable, not copyable.
template <class T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) : data_(allocate(size)), size_(size) {}

  T* data() noexcept { return data_.get(); }
  const T* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::span<T> span() noexcept { return {data_.get(), size_}; }
  std::span<const T> span() const noexcept { return {data_.get(), size_}; }
  T& operator[](std::size_t i) noexcept { return data_.get()[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_.get()[i]; }

  // Makes room for at least `size` values; the old ones are lost when it has to grow.
  void reserve_discarding(std::size_t size) {
    if (size > size_) *this = AlignedBuffer(size);
  }

 private:
  struct Release {
    void operator()(T* data) const noexcept {
      ::operator delete (data, std::align_val_t{kAlignment});
    }
  };

  static T* allocate(std::size_t size) {
    if (size > (static_cast<std::size_t>(-1) / 2) / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(::operator new (size * sizeof(T), std::align_val_t{kAlignment}));
  }

  std::unique_ptr<T, Release> data_;
  std::size_t size_ = 0;
};

// A borrowed row-major matrix [rows, cols]; row r begins at data + r * stride. Rows may overlap
// (stride < cols) where the matrix is only read: that is how a convolution's windows are seen as
// the rows of a matrix.
template <class T>
class MatrixView {
 public:
  MatrixView() = default;
  MatrixView(T* data, std::size_t rows, std::size_t cols) : MatrixView(data, rows, cols, cols) {}
  MatrixView(T* data, std::size_t rows, std::size_t cols, std::size_t stride)
      : data_(data), rows_(rows), cols_(cols), stride_(stride) {}
  // A view of constants from a view of variables.
  template <class U>
  requires std::is_same_v<const U, T> MatrixView(
      const MatrixView<U>& other)  // NOLINT(google-explicit-constructor)
      : MatrixView(other.data(), other.rows(), other.cols(), other.stride()) {}

  T* data() const noexcept { return data_; }
  std::size_t rows() const noexcept { return rows_; }
  std::size_t cols() const noexcept { return cols_; }
  std::size_t stride() const noexcept { return stride_; }
  T* row_data(std::size_t r) const noexcept { return data_ + r * stride_; }
  std::span<T> row(std::size_t r) const noexcept { return {data_ + r * stride_, cols_}; }
  T& operator()(std::size_t r, std::size_t c) const noexcept { return data_[r * stride_ + c]; }
  MatrixView rows_from(std::size_t first, std::size_t count) const noexcept {
    return {data_ + first * stride_, count, cols_, stride_};
  }

 private:
  T* data_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  std::size_t stride_ = 0;
};

// A row-major matrix that owns its memory, zero-filled. Movable; copied only by clone().
template <class T>
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols) : buffer_(rows * cols), rows_(rows), cols_(cols) {
    if (buffer_.size() != 0) std::memset(buffer_.data(), 0, buffer_.size() * sizeof(T));
  }

  std::size_t rows() const noexcept { return rows_; }
  std::size_t cols() const noexcept { return cols_; }
  T* data() noexcept { return buffer_.data(); }
  const T* data() const noexcept { return buffer_.data(); }
  std::span<T> row(std::size_t r) noexcept { return view().row(r); }
  std::span<const T> row(std::size_t r) const noexcept { return view().row(r); }
  T& operator()(std::size_t r, std::size_t c) noexcept { return buffer_[r * cols_ + c]; }
  const T& operator()(std::size_t r, std::size_t c) const noexcept {
    return buffer_[r * cols_ + c];
  }
  MatrixView<T> view() noexcept { return {buffer_.data(), rows_, cols_}; }
  MatrixView<const T> view() const noexcept { return {buffer_.data(), rows_, cols_}; }

  Matrix clone() const {
    Matrix copy(rows_, cols_);
    if (rows_ * cols_ != 0) std::memcpy(copy.data(), data(), rows_ * cols_ * sizeof(T));
    return copy;
  }

 private:
  AlignedBuffer<T> buffer_;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

}  // namespace undertone::tensor

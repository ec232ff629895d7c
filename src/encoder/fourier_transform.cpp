#include "encoder/fourier_transform.hpp"

#include <array>
#include <cassert>
#include <cmath>
#include <numbers>

namespace undertone::encoder {
namespace {

// The largest prime factor that transform() has room for.
constexpr std::size_t kMaxFactor = 64;

Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
Complex conjugate(Complex a) { return {a.re, -a.im}; }

}  // namespace

RealFourierTransform::RealFourierTransform(std::size_t n) : half_(n / 2), roots_(n) {
  assert(n >= 2 && n % 2 == 0);
  std::size_t rest = half_;
  for (std::size_t factor = 2; rest > 1; ++factor) {
    for (; rest % factor == 0; rest /= factor) factors_.push_back(factor);
  }
  assert(factors_.empty() || factors_.back() <= kMaxFactor);
  for (std::size_t j = 0; j < n; ++j) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(j) / static_cast<double>(n);
    roots_[j] = {std::cos(angle), -std::sin(angle)};
  }
}

// The transform of n complex values, `stride` of them apart, that stand as pairs in x. Decimation
// in time: p transforms of every p-th value, joined by the roots of unity.
void RealFourierTransform::transform(const double* x, std::size_t stride, Complex* out,
                                     std::size_t n, std::size_t factor) const {
  if (n == 1) {
    out[0] = {x[0], x[1]};
    return;
  }
  const std::size_t p = factors_[factor];
  const std::size_t m = n / p;
  for (std::size_t r = 0; r < p; ++r) {
    transform(x + 2 * r * stride, p * stride, out + r * m, m, factor + 1);
  }
  const std::size_t step = roots_.size() / n;
  std::array<Complex, kMaxFactor> parts;
  for (std::size_t k = 0; k < m; ++k) {
    for (std::size_t r = 0; r < p; ++r) parts[r] = out[r * m + k] * roots_[r * k * step];
    for (std::size_t q = 0; q < p; ++q) {
      Complex sum = parts[0];
      for (std::size_t r = 1; r < p; ++r) sum = sum + parts[r] * roots_[q * r % p * m * step];
      out[q * m + k] = sum;
    }
  }
}

void RealFourierTransform::apply(std::span<const double> x, std::span<Complex> spectrum,
                                 std::span<Complex> scratch) const {
  // Even and odd values as real and imaginary parts; their spectra are told apart by symmetry.
  transform(x.data(), 1, scratch.data(), half_, 0);
  for (std::size_t k = 0; k <= half_; ++k) {
    const Complex here = scratch[k % half_];
    const Complex mirrored = conjugate(scratch[(half_ - k) % half_]);
    const Complex even = here + mirrored;
    const Complex odd = here - mirrored;  // times i
    const Complex turned = Complex{odd.im, -odd.re} * roots_[k];
    spectrum[k] = {0.5 * (even.re + turned.re), 0.5 * (even.im + turned.im)};
  }
}

}  // namespace undertone::encoder

// The spectrum of a short real signal.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace undertone::encoder {

// A complex number. std::complex has to mind infinities when it multiplies, which costs.
struct Complex {
  double re = 0.0;
  double im = 0.0;
};

// The discrete Fourier transform of n real values, X[k] = Σ x[t]·exp(-2πi·k·t/n) for k = 0 .. n/2,
// in double precision; within 1e-12 · Σ|x| of the exact sum for the sizes used here (tested). As
// mixed-radix transform of n/2 complex values (Cooley, Tukey 1965), whose prime factors should be
// small: each costs n/2 multiplications times itself. Immutable and thread-safe.
class RealFourierTransform {
 public:
  // n: even, at least 2.
  explicit RealFourierTransform(std::size_t n);

  std::size_t size() const { return 2 * half_; }
  std::size_t bins() const { return half_ + 1; }

  // x: size() values; spectrum: bins(); scratch: size() / 2.
  void apply(std::span<const double> x, std::span<Complex> spectrum,
             std::span<Complex> scratch) const;

 private:
  void transform(const double* x, std::size_t stride, Complex* out, std::size_t n,
                 std::size_t factor) const;

  std::size_t half_;
  std::vector<std::size_t> factors_;  // of half_, in rising order
  std::vector<Complex> roots_;        // exp(-2πi·j/n) for j < n
};

}  // namespace undertone::encoder

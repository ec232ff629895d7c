// The polynomials of the vector functions, the same for every instruction set: numbers alone, no
// code. erf(x) = x · P(x²)/Q(x²) on [-4, 4]; 2^f on [-1/2, 1/2]. Coefficients and errors of both
// fits: tools/fit_vector_math.py.
#pragma once

namespace undertone::encoder {
namespace {

constexpr float kErfP[] = {1.12837911F,    0.193546593F,    0.0531019568F,
                           0.00388341094F, 0.000284567621F, 1.9867739e-06F};
constexpr float kErfQ[] = {1.0F,          0.504858732F,   0.115350641F,
                           0.0152073856F, 0.00118558772F, 3.74201773e-05F};
constexpr float kExp2[] = {1.0F,           0.693147182F,   0.240226462F,  0.0555032864F,
                           0.00961848907F, 0.00133999309F, 0.00015345811F};

}  // namespace
}  // namespace undertone::encoder

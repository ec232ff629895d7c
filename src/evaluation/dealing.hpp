// Units of recordings dealt into parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace undertone::evaluation {

// The part of each sample. All samples of a unit fall into one part, every part gets a unit at
// least, and each class is spread over the parts as their shares say, as nearly as the units allow:
// units go, the largest first and in shuffled order among equals, to the part p that least
// increases
//   Σ over parts and classes of (share of the class in p - shares[p])² / shares[p]
// (for units of one size that is Webster's method of apportioning seats; for equal shares what
// scikit-learn's StratifiedGroupKFold aims at). Where each sample is its own unit and shares are
// equal, the parts differ by at most one sample, in each class and in all.
//
// The same arguments give the same parts on every machine.
// REQUIRES: labels in [0, classes); as many units as labels; shares positive, adding up to 1; at
// least as many units as shares.
std::vector<std::size_t> deal(std::span<const int> labels, std::span<const std::int64_t> units,
                              std::size_t classes, std::span<const double> shares,
                              std::uint64_t seed);

}  // namespace undertone::evaluation

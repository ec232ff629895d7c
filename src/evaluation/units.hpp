// Which recordings belong together: no split may put some of them on one side and some on the
// other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evaluation/samples.hpp"

namespace undertone::evaluation {

// What joins recordings besides their content.
struct Joined {
  bool by_speaker = false;
  bool by_sentence = false;
};

// A number for each of `rows`, the same for rows of one unit: the connected components of "has the
// same content" (column sha256, or the same embedding to the bit), "is derived from the same
// recording" (column group) and, as asked, "is of the same speaker", "is the same sentence".
// Unknown values ("") join nothing. Units are numbered in the order in which they first appear.
std::vector<std::int64_t> units_of(const Samples& samples, std::span<const std::size_t> rows,
                                   Joined joined);

// Every speaker of `rows` is known.
bool speakers_known(const Samples& samples, std::span<const std::size_t> rows);

// 0, 1, ..., size - 1.
std::vector<std::size_t> all_rows(const Samples& samples);

}  // namespace undertone::evaluation

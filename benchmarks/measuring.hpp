// What the encoder's benchmarks have in common: the input, the clock, medians, and the check before
// anything is timed.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/thread_pool.hpp"
#include "encoder/speech_encoder.hpp"

namespace undertone::benchmarks {

// So many seconds at 16 kHz, the same every time.
std::vector<float> noise(double seconds);

template <class Body>
double seconds_of(Body body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The middle one; of an even number the upper of the two.
double median(std::vector<double> values);

// The median of the rounds' own ratios a[i] / b[i], which a machine that changes its speed changes
// less than the ratio of medians.
double median_ratio(const std::vector<double>& a, const std::vector<double>& b);

// "1,3,10" as numbers.
std::vector<double> numbers(const std::string& list);

// The processor's name as Linux tells it.
std::string processor();

// Throws std::runtime_error if what the encoder makes of two seconds is not finite, or differs
// between one thread and the pool's.
void check_result(const encoder::SpeechEncoder& encoder, ThreadPool& pool);

}  // namespace undertone::benchmarks

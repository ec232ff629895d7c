#include "common/profile.hpp"

namespace undertone {
namespace {

constexpr std::array<std::string_view, kProfileParts> kNames{
    "decoding",     "spectrogram",      "front_end",
    "projection",   "position",         "position_bias",
    "norms",        "attention_input",  "attention_scores",
    "softmax",      "attention_values", "attention_output",
    "feed_forward", "pooling",          "classifier"};

std::int64_t nanoseconds(Profile::Clock::duration time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

constexpr double kSecond = 1e9;

}  // namespace

std::string_view to_string(ProfilePart part) { return kNames[static_cast<std::size_t>(part)]; }

void Profile::add(ProfilePart part, Clock::duration time, double flop, std::uint64_t calls) {
  Sum& sum = sums_[static_cast<std::size_t>(part)];
  sum.nanoseconds += nanoseconds(time);
  sum.calls += calls;
  sum.flop += flop;
}

void Profile::add_whole(Clock::duration time) { whole_ += nanoseconds(time); }

ProfileCost Profile::cost(ProfilePart part) const {
  const Sum& sum = sums_[static_cast<std::size_t>(part)];
  return {static_cast<double>(sum.nanoseconds.load()) / kSecond, sum.calls.load(), sum.flop.load()};
}

double Profile::whole_s() const { return static_cast<double>(whole_.load()) / kSecond; }

SharedProfileSection::~SharedProfileSection() {
  if (profile_ == nullptr) return;
  const auto whole = std::chrono::duration<double>(Profile::Clock::now() - begin_);
  double of_threads = 0;
  for (std::size_t i = 0; i < kProfileParts; ++i) {
    of_threads += threads_.cost(static_cast<ProfilePart>(i)).seconds;
  }
  for (std::size_t i = 0; i < kProfileParts; ++i) {
    const auto part = static_cast<ProfilePart>(i);
    const ProfileCost cost = threads_.cost(part);
    if (cost.calls == 0) continue;
    const double share = of_threads > 0 ? cost.seconds / of_threads : 0.0;
    profile_->add(part, std::chrono::duration_cast<Profile::Clock::duration>(whole * share),
                  cost.flop, 1);
  }
}

}  // namespace undertone

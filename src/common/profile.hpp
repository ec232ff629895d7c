// Where the time of recordings goes.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace undertone {

// Kinds of work, in the order in which a recording meets them.
enum class ProfilePart {
  kDecoding,         // and resampling, and looking at its quality
  kSpectrogram,      // Whisper's
  kFrontEnd,         // convolutions, with their norms and activations
  kProjection,       // to the transformer's width
  kPosition,         // the positional convolution
  kPositionBias,     // WavLM's
  kNorms,            // of the transformer
  kAttentionInput,   // the product that gives q, k and v
  kAttentionScores,  // q·k
  kSoftmax,          // of them
  kAttentionValues,  // and the product with v
  kAttentionOutput,
  kFeedForward,  // both products, with the activation
  kPooling,
  kClassifier,  // or head
};

inline constexpr std::size_t kProfileParts = 15;

// "decoding", "front_end" ...
std::string_view to_string(ProfilePart part);

struct ProfileCost {
  double seconds = 0;
  std::uint64_t calls = 0;
  double flop = 0;  // floating-point operations of products; 0 where there are none
};

// Adds up. Thread-safe: of several recordings at a time the seconds of each are added, so that they
// are more than what a clock on the wall shows.
class Profile {
 public:
  using Clock = std::chrono::steady_clock;

  void add(ProfilePart part, Clock::duration time, double flop = 0, std::uint64_t calls = 1);

  // Of a recording from its first byte to its answer.
  void add_whole(Clock::duration time);

  ProfileCost cost(ProfilePart part) const;
  double whole_s() const;

 private:
  struct Sum {
    std::atomic<std::int64_t> nanoseconds{0};
    std::atomic<std::uint64_t> calls{0};
    std::atomic<double> flop{0};
  };
  std::array<Sum, kProfileParts> sums_;
  std::atomic<std::int64_t> whole_{0};  // ns
};

// From its beginning to its end is a part's time. Does nothing without a profile.
class ProfileSection {
 public:
  ProfileSection(Profile* profile, ProfilePart part, double flop = 0)
      : profile_(profile), part_(part), flop_(flop) {
    if (profile_ != nullptr) begin_ = Profile::Clock::now();
  }
  ~ProfileSection() {
    if (profile_ != nullptr) profile_->add(part_, Profile::Clock::now() - begin_, flop_);
  }
  ProfileSection(const ProfileSection&) = delete;
  ProfileSection& operator=(const ProfileSection&) = delete;

 private:
  Profile* profile_;
  ProfilePart part_;
  double flop_;
  Profile::Clock::time_point begin_;
};

// A section whose parts alternate on several threads: each of them gets as much of the section's
// time as it has of the threads' time. Does nothing without a profile.
class SharedProfileSection {
 public:
  explicit SharedProfileSection(Profile* profile) : profile_(profile) {
    if (profile_ != nullptr) begin_ = Profile::Clock::now();
  }
  ~SharedProfileSection();
  SharedProfileSection(const SharedProfileSection&) = delete;
  SharedProfileSection& operator=(const SharedProfileSection&) = delete;

  // One thread's clock: lap() is the end of a part that began with the lap before.
  class Laps {
   public:
    explicit Laps(SharedProfileSection& section) : section_(section) {
      if (section_.profile_ != nullptr) last_ = Profile::Clock::now();
    }
    void lap(ProfilePart part, double flop = 0) {
      if (section_.profile_ == nullptr) return;
      const Profile::Clock::time_point now = Profile::Clock::now();
      section_.threads_.add(part, now - last_, flop);
      last_ = now;
    }

   private:
    SharedProfileSection& section_;
    Profile::Clock::time_point last_;
  };

 private:
  Profile* profile_;
  Profile threads_;
  Profile::Clock::time_point begin_;
};

}  // namespace undertone

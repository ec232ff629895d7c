// The tables that come with CREMA-D: its actors, and what listeners heard.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace undertone::dataset {

struct Actor {
  std::string sex;  // "female", "male"
  std::string age;  // years
};

// By speaker_id ("cremad-1001").
using Demographics = std::map<std::string, Actor, std::less<>>;

// VideoDemographics.csv: columns ActorID, Age, Sex. Throws Error(kDataInvalid) where it is not such
// a table, and what read_text_file throws.
Demographics read_demographics(const std::filesystem::path& path);

// VideoDemographics.csv in `folder` or up to three folders above it.
std::optional<std::filesystem::path> find_demographics(const std::filesystem::path& folder);

// What listeners who only heard a clip, without the picture, took it for.
struct ListenerVotes {
  std::array<int, 6> counts{};  // in the order of kEmotions

  int total() const;
  std::string emotion() const;  // of the single most frequent answer; empty if several share it
  double agreement() const;     // the most frequent answer's part of all, 0 to 1
};

// By the name of the clip ("1001_DFA_ANG_XX").
using VoteTable = std::map<std::string, ListenerVotes, std::less<>>;

// The voice-only rows of tabulatedVotes.csv. Throws Error(kDataInvalid) where it is not such a
// table, and what read_text_file throws.
VoteTable read_votes(const std::filesystem::path& path);

}  // namespace undertone::dataset

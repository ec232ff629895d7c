// A listing of recordings to metadata: each is opened, checked, and kept or left out by rules.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "dataset/corpus_listing.hpp"
#include "dataset/cremad_tables.hpp"

namespace undertone::pipeline {

struct PreparationRules {
  bool open = true;           // false: names alone count, and nothing below but all_emotions
  double min_duration = 1.0;  // seconds, inclusive both
  double max_duration = 10.0;
  bool keep_silent = false;
  bool keep_duplicates = false;
  bool all_emotions = false;  // else the six only
};

// Each is told in the order of the listing, on the caller's thread.
struct PreparationProgress {
  std::size_t done = 0;  // this one among them
  std::size_t total = 0;
  const dataset::LeftOut* left_out = nullptr;  // if this one is
};

struct Preparation {
  std::vector<dataset::Clip> clips;        // in the order of the listing
  std::vector<dataset::LeftOut> left_out;  // the listing's, then those of the rules, in order
  double duration_s = 0;                   // of the clips
  bool complete = true;                    // false if it was stopped
};

// Recordings are checked on `threads` threads; the result is the same whatever their number. One
// that cannot be read is left out with its reason (an error's code) and the others go on. The rules
// leave out by these reasons: other_emotion, too_short, too_long, silent, and duplicate for a
// recording whose decoded samples are those of an earlier one that was kept, or differ from them by
// less than 2 % (WaveformSketch), as copies that were resampled with dither do.
//
// The clips' further columns are, in this order: corpus, intensity, sex, age; duration,
// sample_rate, channels and sha256 unless nothing is opened; split; the votes if there are any; all
// others. All clips have the same ones.
Preparation prepare_corpus(dataset::CorpusListing listing, const PreparationRules& rules,
                           unsigned threads,
                           const std::function<void(const PreparationProgress&)>& progress = {},
                           std::stop_token stop = {});

// Adds sex and age of CREMA-D's actors. Returns how many of the recordings are of unknown ones.
std::size_t add_demographics(dataset::CorpusListing& listing, const dataset::Demographics& table);

// Adds listener_emotion, listener_agreement (four decimals) and votes_neutral ... votes_disgust,
// empty where a clip has no votes. Returns how many have none.
std::size_t add_votes(dataset::CorpusListing& listing, const dataset::VoteTable& votes);

}  // namespace undertone::pipeline

#include "pipeline/corpus_preparation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include <undertone/error.hpp>

#include "dataset/emotion.hpp"
#include "pipeline/batch_runner.hpp"
#include "pipeline/recording_check.hpp"

namespace undertone::pipeline {
namespace {

using dataset::Clip;
using dataset::CorpusListing;
using dataset::LeftOut;
using dataset::ListedRecording;

// A recording's facts, why it cannot be read, or nothing where it was not opened.
using Outcome = std::variant<std::monostate, RecordingFacts, Error>;

constexpr std::array<std::string_view, 8> kVoteColumns = {
    "listener_emotion", "listener_agreement", "votes_neutral", "votes_happy",
    "votes_sad",        "votes_angry",        "votes_fear",    "votes_disgust"};

std::vector<std::string> further_columns(const CorpusListing& listing, bool open) {
  std::vector<std::string> columns = {"corpus", "intensity", "sex", "age"};
  if (open) {
    for (const auto* name : {"duration", "sample_rate", "channels", "sha256"}) {
      columns.emplace_back(name);
    }
  }
  columns.emplace_back("split");
  const auto add_all = [&](bool votes) {
    for (const ListedRecording& recording : listing.recordings) {
      for (const auto& [name, text] : recording.clip.further) {
        const bool of_votes =
            std::find(kVoteColumns.begin(), kVoteColumns.end(), name) != kVoteColumns.end();
        if (of_votes == votes && std::find(columns.begin(), columns.end(), name) == columns.end()) {
          columns.push_back(name);
        }
      }
    }
  };
  add_all(true);
  add_all(false);
  return columns;
}

bool has_wanted_emotion(const Clip& clip, const PreparationRules& rules) {
  return rules.all_emotions || dataset::is_one_of_the_six(clip.emotion);
}

// Decides on one recording after the other, in order.
class Judge {
 public:
  explicit Judge(const PreparationRules& rules) : rules_(rules) {}

  std::optional<LeftOut> judge(const Clip& clip, const Outcome& outcome) {
    const auto left_out = [&clip](std::string reason, std::string detail, bool failed = false) {
      return LeftOut{clip.filepath, std::move(reason), std::move(detail), failed};
    };
    if (!has_wanted_emotion(clip, rules_)) return left_out("other_emotion", clip.emotion);
    if (const auto* error = std::get_if<Error>(&outcome)) {
      return left_out(std::string(to_string(error->code())), reason_of(clip, *error), true);
    }
    const auto* facts = std::get_if<RecordingFacts>(&outcome);
    if (facts == nullptr) return std::nullopt;
    const double duration = facts->quality.duration_s;
    if (!facts->complete || duration > rules_.max_duration) {
      return left_out("too_long", fmt::format("longer than {:g} s", rules_.max_duration));
    }
    if (duration < rules_.min_duration)
      return left_out("too_short", fmt::format("{:.3f} s", duration));
    if (facts->quality.silent() && !rules_.keep_silent) {
      return left_out("silent", fmt::format("the loudest moment is at {:.0f} dBFS",
                                            facts->quality.loudest_dbfs));
    }
    if (const Earlier* earlier = remember(clip, *facts); earlier && !rules_.keep_duplicates) {
      std::string detail = earlier->sha256 == facts->sha256 ? "the same audio as "
                                                            : "the same audio, but for noise, as ";
      detail += earlier->path;
      if (earlier->emotion != clip.emotion) {
        detail += fmt::format(", which is labelled {}, not {}", earlier->emotion, clip.emotion);
      }
      return left_out("duplicate", std::move(detail));
    }
    return std::nullopt;
  }

 private:
  struct Earlier {
    std::string path;
    std::string emotion;
    std::string sha256;
    WaveformSketch sketch;
  };

  // The earlier recording that this one repeats; else remembers this one. The same digest comes
  // first: of several near ones it is the truest.
  const Earlier* remember(const Clip& clip, const RecordingFacts& facts) {
    std::vector<Earlier>& of_this_length = earlier_[facts.sketch.samples()];
    for (const Earlier& earlier : of_this_length) {
      if (earlier.sha256 == facts.sha256) return &earlier;
    }
    for (const Earlier& earlier : of_this_length) {
      if (earlier.sketch.nearly_equals(facts.sketch)) return &earlier;
    }
    of_this_length.push_back({clip.filepath, clip.emotion, facts.sha256, facts.sketch});
    return nullptr;
  }

  // The message begins with the path, which is told beside it.
  static std::string reason_of(const Clip& clip, const Error& error) {
    std::string message = error.what();
    if (message.starts_with(clip.filepath + ": ")) message.erase(0, clip.filepath.size() + 2);
    return message;
  }

  const PreparationRules& rules_;
  std::map<std::uint64_t, std::vector<Earlier>> earlier_;  // by the number of samples
};

Clip finished(const Clip& listed, const Outcome& outcome, const std::vector<std::string>& columns) {
  Clip clip = listed;
  if (const auto* facts = std::get_if<RecordingFacts>(&outcome)) {
    clip.set("duration", fmt::format("{:.3f}", facts->quality.duration_s));
    clip.set("sample_rate", std::to_string(facts->sample_rate));
    clip.set("channels", std::to_string(facts->channels));
    clip.set("sha256", facts->sha256);
  }
  std::vector<std::pair<std::string, std::string>> ordered;
  for (const std::string& column : columns) ordered.emplace_back(column, clip.value(column));
  clip.further = std::move(ordered);
  return clip;
}

}  // namespace

Preparation prepare_corpus(CorpusListing listing, const PreparationRules& rules, unsigned threads,
                           const std::function<void(const PreparationProgress&)>& progress,
                           std::stop_token stop) {
  const std::vector<ListedRecording>& recordings = listing.recordings;
  const std::vector<std::string> columns = further_columns(listing, rules.open);
  Preparation result;
  result.left_out = std::move(listing.left_out);
  Judge judge(rules);
  PreparationProgress report;
  report.total = recordings.size();
  const auto work = [&](std::size_t i) -> Outcome {
    if (!rules.open || !has_wanted_emotion(recordings[i].clip, rules)) return std::monostate();
    try {
      return check_recording(recordings[i].file, rules.max_duration);
    } catch (const Error& error) {
      return error;
    }
  };
  const auto deliver = [&](std::size_t i, Outcome&& outcome) {
    const Clip& clip = recordings[i].clip;
    std::optional<LeftOut> left_out = judge.judge(clip, outcome);
    ++report.done;
    report.left_out = left_out ? &*left_out : nullptr;
    if (progress) progress(report);
    if (left_out) {
      result.left_out.push_back(*std::move(left_out));
      return;
    }
    if (const auto* facts = std::get_if<RecordingFacts>(&outcome)) {
      result.duration_s += facts->quality.duration_s;
    }
    result.clips.push_back(finished(clip, outcome, columns));
  };
  const BatchRunner<Outcome> runner(threads);
  result.complete = runner.run(recordings.size(), work, deliver, stop) == recordings.size();
  return result;
}

std::size_t add_demographics(CorpusListing& listing, const dataset::Demographics& table) {
  std::size_t unknown = 0;
  for (ListedRecording& recording : listing.recordings) {
    const auto actor = table.find(recording.clip.speaker_id);
    if (actor == table.end()) {
      ++unknown;
      continue;
    }
    recording.clip.set("sex", actor->second.sex);
    recording.clip.set("age", actor->second.age);
  }
  return unknown;
}

std::size_t add_votes(CorpusListing& listing, const dataset::VoteTable& votes) {
  std::size_t without = 0;
  for (ListedRecording& recording : listing.recordings) {
    const auto found = votes.find(recording.name);
    const bool known = found != votes.end();
    if (!known) ++without;
    Clip& clip = recording.clip;
    clip.set(kVoteColumns[0], known ? found->second.emotion() : "");
    clip.set(kVoteColumns[1], known ? fmt::format("{:.4f}", found->second.agreement()) : "");
    for (std::size_t i = 0; i < dataset::kEmotions.size(); ++i) {
      clip.set(kVoteColumns[i + 2], known ? std::to_string(found->second.counts[i]) : "");
    }
  }
  return without;
}

}  // namespace undertone::pipeline

#include "undertone/prepare_summary.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "dataset/csv.hpp"
#include "dataset/emotion.hpp"
#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

struct Reason {
  std::string_view name;
  std::string_view means;
};

// In the order of show; the codes of errors follow.
constexpr std::array kReasons = {
    Reason{"other_name", "the name is not one of the corpus"},
    Reason{"same_name", "the same clip in another file"},
    Reason{"same_path", "named twice"},
    Reason{"no_path", "no path"},
    Reason{"no_label", "no label"},
    Reason{"other_emotion", "not one of the six emotions; --all-emotions keeps them"},
    Reason{"too_short", "see --min-duration"},
    Reason{"too_long", "see --max-duration"},
    Reason{"silent", "nothing to hear; --keep-silent keeps them"},
    Reason{"duplicate", "the same audio as an earlier one; --keep-duplicates keeps them"},
    Reason{"git_lfs_pointer",
           "text files in place of recordings: install git-lfs and run 'git lfs pull' there"}};

std::size_t rank(std::string_view reason) {
  return static_cast<std::size_t>(
      std::find_if(kReasons.begin(), kReasons.end(),
                   [reason](const Reason& known) { return known.name == reason; }) -
      kReasons.begin());
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

// "24 speakers (12 female, 12 male), 52 to 60 recordings each"
std::string speakers_text(const std::vector<dataset::Clip>& clips) {
  std::map<std::string, std::size_t> counts;
  std::map<std::string, std::string> sexes;
  std::size_t unknown = 0;
  for (const dataset::Clip& clip : clips) {
    if (clip.speaker_id.empty()) {
      ++unknown;
      continue;
    }
    ++counts[clip.speaker_id];
    sexes[clip.speaker_id] = clip.value("sex");
  }
  if (counts.empty()) return "unknown speakers";
  std::string text = fmt::format("{} speaker{}", counts.size(), counts.size() == 1 ? "" : "s");
  const auto of_sex = [&sexes](std::string_view sex) {
    return std::count_if(sexes.begin(), sexes.end(),
                         [sex](const auto& entry) { return entry.second == sex; });
  };
  const auto women = of_sex("female");
  const auto men = of_sex("male");
  if (women + men > 0) {
    text += fmt::format(" ({} female, {} male", women, men);
    const auto others = static_cast<std::ptrdiff_t>(counts.size()) - women - men;
    text += others > 0 ? fmt::format(", {} unknown)", others) : ")";
  }
  const auto [fewest, most] =
      std::minmax_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; });
  text += fewest->second == most->second
              ? fmt::format(", {} recordings each", most->second)
              : fmt::format(", {} to {} recordings each", fewest->second, most->second);
  if (unknown > 0) text += fmt::format("; {} of unknown speakers", unknown);
  return text;
}

std::string classes_text(const std::vector<dataset::Clip>& clips) {
  std::map<std::string, std::size_t> counts;
  for (const dataset::Clip& clip : clips) ++counts[clip.emotion];
  std::vector<std::string> labels;
  for (const auto& [label, count] : counts) labels.push_back(label);
  std::string text;
  for (const std::size_t i : dataset::display_order(labels)) {
    const double part = static_cast<double>(counts[labels[i]]) / static_cast<double>(clips.size());
    text += fmt::format("  {:<10} {:>6}  {:4.1f} %\n", printable(labels[i]), counts[labels[i]],
                        100.0 * part);
  }
  return text;
}

}  // namespace

std::string left_out_summary(const pipeline::Preparation& preparation) {
  if (preparation.left_out.empty()) return {};
  constexpr std::size_t kExamples = 3;
  std::map<std::pair<std::size_t, std::string>, std::vector<const dataset::LeftOut*>> reasons;
  for (const dataset::LeftOut& entry : preparation.left_out) {
    reasons[{rank(entry.reason), entry.reason}].push_back(&entry);
  }
  std::string text = fmt::format("Left out: {} of {}\n", preparation.left_out.size(),
                                 preparation.left_out.size() + preparation.clips.size());
  for (const auto& [key, entries] : reasons) {
    text += fmt::format("  {:>6}  {}", entries.size(), key.second);
    if (key.first < kReasons.size()) text += fmt::format(": {}", kReasons[key.first].means);
    text += '\n';
    for (std::size_t i = 0; i < std::min(kExamples, entries.size()); ++i) {
      const dataset::LeftOut& entry = *entries[i];
      const std::string_view gap = entry.path.empty() || entry.detail.empty() ? "" : ": ";
      text += "          " + printable(entry.path + std::string(gap) + entry.detail) + '\n';
    }
    if (entries.size() > kExamples) {
      text += fmt::format("          and {} more\n", entries.size() - kExamples);
    }
  }
  return text;
}

std::string prepare_summary(const std::string& output, const pipeline::Preparation& preparation) {
  std::string text = fmt::format("{}: {} recordings, {}", printable(output),
                                 preparation.clips.size(), speakers_text(preparation.clips));
  if (preparation.duration_s > 0) {
    text += fmt::format("; {} in all", clock_text(preparation.duration_s));
  }
  return text + '\n' + classes_text(preparation.clips) + left_out_summary(preparation);
}

std::string left_out_csv(const pipeline::Preparation& preparation) {
  std::string text = "path,reason,detail\n";
  for (const dataset::LeftOut& entry : preparation.left_out) {
    const std::array<std::string, 3> fields = {entry.path, entry.reason, entry.detail};
    text += dataset::csv_line(fields);
  }
  return text;
}

}  // namespace undertone::cli

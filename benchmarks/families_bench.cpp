// Times encoders of the same size but of different families beside each other:
//
//   undertone_families_bench REFERENCE-FOLDER OTHER-FOLDER [REFERENCE-FOLDER OTHER-FOLDER ...]
//                            [--seconds 1,3,10,30] [--threads 1,2] [--repeats 7]
//
// The two of a pair alternate in one process after a round that warms up, f32, all layers; the
// pairs follow one another. Prints one JSON object. The input is the same noise every time; before
// anything is timed, every result is checked to be finite and the same on one thread and on
// several.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/speech_encoder.hpp"
#include "measuring.hpp"

namespace {

using namespace undertone;
using namespace undertone::benchmarks;

using Encoder = std::unique_ptr<const encoder::SpeechEncoder>;

void check_same_size(const encoder::SpeechEncoder& a, const encoder::SpeechEncoder& b) {
  const encoder::EncoderConfig& x = a.config();
  const encoder::EncoderConfig& y = b.config();
  if (x.layers != y.layers || x.hidden_size != y.hidden_size || x.heads != y.heads ||
      x.feed_forward_size != y.feed_forward_size) {
    throw std::runtime_error(a.name() + " and " + b.name() +
                             " are not of the same size; name two that are");
  }
}

nlohmann::json measure(const encoder::SpeechEncoder& reference, const encoder::SpeechEncoder& other,
                       double seconds, unsigned threads, int repeats) {
  const std::vector<float> clip = noise(seconds);
  ThreadPool pool(threads);
  ThreadPool* shared = threads > 1 ? &pool : nullptr;
  encoder::Workspace workspaces[2];
  std::vector<double> taken[2];
  for (int i = -1; i < repeats; ++i) {  // the first round warms up
    for (int e = 0; e < 2; ++e) {
      const encoder::SpeechEncoder& encoder = e == 0 ? reference : other;
      const double s =
          seconds_of([&] { encoder.encode(clip, encoder.last_layer(), workspaces[e], shared); });
      if (i >= 0) taken[e].push_back(s);
    }
  }
  return {{"reference", reference.name()},
          {"other", other.name()},
          {"clip_s", seconds},
          {"threads", threads},
          {"reference_s", median(taken[0])},
          {"reference_s_all", taken[0]},
          {"other_s", median(taken[1])},
          {"other_s_all", taken[1]},
          {"other_over_reference", median_ratio(taken[1], taken[0])}};
}

int run(int argc, char** argv) {
  std::string seconds = "1,3,10,30";
  std::string threads = "1,2";
  int repeats = 7;
  std::vector<std::string> folders;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with("--") || i + 1 == argc) {
      folders.emplace_back(argument);
      continue;
    }
    const std::string value = argv[++i];
    if (argument == "--seconds") seconds = value;
    if (argument == "--threads") threads = value;
    if (argument == "--repeats") repeats = std::stoi(value);
  }
  if (folders.empty() || folders.size() % 2 != 0) {
    std::fputs(
        "usage: undertone_families_bench REFERENCE-FOLDER OTHER-FOLDER [two more ...] "
        "[--seconds LIST] [--threads LIST] [--repeats N]\n",
        stderr);
    return 2;
  }
  ThreadPool pool(std::max(2U, available_threads()));
  nlohmann::json result = {{"kind", "families"},
                           {"processor", processor()},
                           {"cores", available_threads()},
                           {"compiler", __VERSION__},
                           {"rounds", repeats},
                           {"measurements", nlohmann::json::array()}};
  for (std::size_t pair = 0; pair < folders.size(); pair += 2) {
    const Encoder reference = encoder::SpeechEncoder::load(folders[pair], {}, pool);
    const Encoder other = encoder::SpeechEncoder::load(folders[pair + 1], {}, pool);
    check_same_size(*reference, *other);
    check_result(*reference, pool);
    check_result(*other, pool);
    result["instruction_set"] = to_string(reference->instruction_set());
    result["backend"] = to_string(reference->backend());
    for (const double clip : numbers(seconds)) {
      for (const double count : numbers(threads)) {
        result["measurements"].push_back(
            measure(*reference, *other, clip, static_cast<unsigned>(count), repeats));
        std::fprintf(stderr, "%s\n", result["measurements"].back().dump().c_str());
      }
    }
  }
  std::printf("%s\n", result.dump(1).c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "undertone_families_bench: %s\n", error.what());
    return 1;
  }
}

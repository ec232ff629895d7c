// Times an encoder on clips of several lengths, beside its bare matrix products, in alternation and
// in one process:
//
//   undertone_encoder_bench ENCODER-FOLDER [--seconds 1,3,10,30] [--threads 1,2] [--repeats 5]
//                           [--precisions f32,bf16,int8]
//
// In each precision that the processor has instructions for (or in those named), all of them beside
// the f32 products in one round. Prints one JSON object. The input is the same noise every time;
// before anything is timed, the result is checked to be finite and the same on one thread and on
// several.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "encoder/speech_encoder.hpp"
#include "matrix_floor.hpp"
#include "measuring.hpp"

namespace {

using namespace undertone;
using namespace undertone::benchmarks;

using Encoders = std::vector<std::unique_ptr<const encoder::SpeechEncoder>>;  // f32 first

// What every encoder takes, and the f32 products, in alternation.
nlohmann::json measure(const Encoders& encoders, double seconds, unsigned threads, int repeats) {
  const std::vector<float> clip = noise(seconds);
  ThreadPool pool(threads);
  ThreadPool* shared = threads > 1 ? &pool : nullptr;
  const encoder::SpeechEncoder& reference = *encoders.front();
  MatrixFloor floor(reference.config(), clip.size(), reference.backend(),
                    reference.instruction_set());
  std::vector<encoder::Workspace> workspaces(encoders.size());
  std::vector<std::vector<double>> encoding(encoders.size());
  std::vector<double> multiplying;
  for (int i = -1; i < repeats; ++i) {  // the first round warms up
    for (std::size_t e = 0; e < encoders.size(); ++e) {
      const double taken = seconds_of(
          [&] { encoders[e]->encode(clip, encoders[e]->last_layer(), workspaces[e], shared); });
      if (i >= 0) encoding[e].push_back(taken);
    }
    const double taken = seconds_of([&] { floor.run(shared); });
    if (i >= 0) multiplying.push_back(taken);
  }
  nlohmann::json result = {{"clip_s", seconds},
                           {"threads", threads},
                           {"encode_s", median(encoding[0])},
                           {"encode_s_all", encoding[0]},
                           {"products_s", median(multiplying)},
                           {"products_s_all", multiplying},
                           {"encode_over_products", median_ratio(encoding[0], multiplying)},
                           {"gflop", floor.floating_point_operations() / 1e9},
                           {"reduced", nlohmann::json::object()}};
  for (std::size_t e = 1; e < encoders.size(); ++e) {
    result["reduced"][std::string(to_string(encoders[e]->precision()))] = {
        {"encode_s", median(encoding[e])},
        {"encode_s_all", encoding[e]},
        {"over_f32", median_ratio(encoding[e], encoding[0])}};
  }
  return result;
}

int run(int argc, char** argv) {
  std::string seconds = "1,3,10,30";
  std::string threads = "1,2";
  std::string precisions;
  int repeats = 5;
  if (argc < 2) {
    std::fputs(
        "usage: undertone_encoder_bench ENCODER-FOLDER [--seconds LIST] [--threads LIST] "
        "[--repeats N] [--precisions LIST]\n",
        stderr);
    return 2;
  }
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--seconds") seconds = argv[i + 1];
    if (option == "--threads") threads = argv[i + 1];
    if (option == "--repeats") repeats = std::stoi(argv[i + 1]);
    if (option == "--precisions") precisions = argv[i + 1];
  }
  ThreadPool pool(std::max(2U, available_threads()));
  Encoders encoders;
  nlohmann::json loads = nlohmann::json::object();
  for (const encoder::Precision precision :
       encoder::fast_precisions(encoder::usable_instruction_set())) {
    const std::string name(to_string(precision));
    const bool wanted = precisions.empty() || precisions.find(name) != std::string::npos;
    if (!wanted && precision != encoder::Precision::kF32) continue;
    loads[name] = seconds_of([&] {
      encoders.push_back(encoder::SpeechEncoder::load(argv[1], {.precision = precision}, pool));
    });
    check_result(*encoders.back(), pool);
  }
  const encoder::SpeechEncoder& first = *encoders.front();
  nlohmann::json result = {{"processor", processor()},
                           {"cores", available_threads()},
                           {"instruction_set", to_string(first.instruction_set())},
                           {"backend", to_string(first.backend())},
                           {"compiler", __VERSION__},
                           {"encoder", first.name()},
                           {"load_s", loads["f32"]},
                           {"load_s_by_precision", loads},
                           {"measurements", nlohmann::json::array()}};
  for (const double clip : numbers(seconds)) {
    for (const double count : numbers(threads)) {
      result["measurements"].push_back(
          measure(encoders, clip, static_cast<unsigned>(count), repeats));
      std::fprintf(stderr, "%s\n", result["measurements"].back().dump().c_str());
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
    std::fprintf(stderr, "undertone_encoder_bench: %s\n", error.what());
    return 1;
  }
}

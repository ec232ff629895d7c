// Encodes clips when it is told to, so that Undertone can take turns with programs that it is
// compared with:
//
//   undertone_encoder_worker ENCODER-FOLDER SAMPLES [--precision f32] [--threads 1]
//   undertone_encoder_worker --precisions      those that the processor has instructions for
//
// SAMPLES holds 32-bit floats at 16 kHz; clips are its beginnings. Once the encoder is loaded a
// line of JSON says so, and from then on each line of JSON on standard input is answered by one:
//
//   {"do": "embed", "samples": N}            {"embedding": [...]}, the mean of the last hidden
//   state
//   {"do": "encode", "samples": [N, ...]}    {"seconds": S} that the embeddings of all took
//   {"do": "products", "samples": N}         {"seconds": S} of the bare f32 matrix products
//
// Ends with its input. benchmarks/peers/worker.py speaks the same for the others.

#include <cstdint>
#include <exception>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "encoder/pooling.hpp"
#include "encoder/speech_encoder.hpp"
#include "matrix_floor.hpp"
#include "measuring.hpp"

namespace {

using namespace undertone;
using namespace undertone::benchmarks;

std::vector<float> read_samples(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error(path + " cannot be opened");
  std::vector<float> samples(static_cast<std::size_t>(file.tellg()) / sizeof(float));
  file.seekg(0);
  const auto size = static_cast<std::streamsize>(samples.size() * sizeof(float));
  if (!file.read(reinterpret_cast<char*>(samples.data()), size)) {
    throw std::runtime_error(path + " cannot be read");
  }
  return samples;
}

class Worker {
 public:
  Worker(const std::string& folder, const std::string& samples, encoder::Precision precision,
         unsigned threads)
      : pool_(threads),
        samples_(read_samples(samples)),
        encoder_(encoder::SpeechEncoder::load(folder, {.precision = precision}, pool_)) {}

  nlohmann::json description() const {
    return {{"ready", true},
            {"encoder", encoder_->name()},
            {"precision", to_string(encoder_->precision())},
            {"instruction_set", to_string(encoder_->instruction_set())},
            {"backend", to_string(encoder_->backend())},
            {"compiler", __VERSION__}};
  }

  nlohmann::json answer(const nlohmann::json& request) {
    const std::string what = request.at("do");
    const nlohmann::json& samples = request.at("samples");
    if (what == "embed") return {{"embedding", embed(samples)}};
    if (what == "encode") {
      const std::vector<std::int64_t> clips = samples;
      return {{"seconds", seconds_of([&] {
                 for (const std::int64_t clip : clips) embed(clip);
               })}};
    }
    if (what == "products") {
      MatrixFloor& floor = floor_of(samples);
      return {{"seconds", seconds_of([&] { floor.run(shared()); })}};
    }
    throw std::runtime_error(fmt::format("asked to do '{}', which is unknown", what));
  }

 private:
  ThreadPool* shared() { return pool_.size() > 1 ? &pool_ : nullptr; }

  std::span<const float> clip(std::int64_t count) const {
    if (count < 1 || static_cast<std::uint64_t>(count) > samples_.size()) {
      throw std::runtime_error(fmt::format("asked for {} of {} samples", count, samples_.size()));
    }
    return std::span(samples_).first(static_cast<std::size_t>(count));
  }

  std::vector<float> embed(std::int64_t count) {
    encoder::FramePool frames(encoder::Pooling::kMean, encoder_->dimension());
    frames.add(encoder_->encode(clip(count), encoder_->last_layer(), workspace_, shared()));
    return frames.values();
  }

  MatrixFloor& floor_of(std::int64_t count) {
    std::unique_ptr<MatrixFloor>& floor = floors_[count];
    if (!floor) {
      floor = std::make_unique<MatrixFloor>(encoder_->config(), clip(count).size(),
                                            encoder_->backend(), encoder_->instruction_set());
    }
    return *floor;
  }

  ThreadPool pool_;
  std::vector<float> samples_;
  std::unique_ptr<const encoder::SpeechEncoder> encoder_;
  encoder::Workspace workspace_;
  std::map<std::int64_t, std::unique_ptr<MatrixFloor>> floors_;
};

int run(int argc, char** argv) {
  const encoder::InstructionSet isa = encoder::usable_instruction_set();
  if (argc == 2 && std::string(argv[1]) == "--precisions") {
    for (const encoder::Precision precision : encoder::fast_precisions(isa)) {
      std::cout << to_string(precision) << '\n';
    }
    return 0;
  }
  std::string precision = "f32";
  unsigned threads = 1;
  if (argc < 3 || argc % 2 == 0) {
    std::cerr << "usage: undertone_encoder_worker ENCODER-FOLDER SAMPLES [--precision NAME] "
                 "[--threads N]\n"
                 "       undertone_encoder_worker --precisions\n";
    return 2;
  }
  for (int i = 3; i < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--precision") {
      precision = argv[i + 1];
    } else if (option == "--threads") {
      threads = static_cast<unsigned>(std::stoul(argv[i + 1]));
    } else {
      throw std::runtime_error("unknown option " + option);
    }
  }
  Worker worker(argv[1], argv[2], encoder::choose_precision(precision, isa), threads);
  std::cout << worker.description().dump() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << worker.answer(nlohmann::json::parse(line)).dump() << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "undertone_encoder_worker: " << error.what() << '\n';
    return 1;
  }
}

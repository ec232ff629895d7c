#include "pipeline/recording_check.hpp"

#include <bit>
#include <span>
#include <vector>

#include "audio/reader.hpp"
#include "common/sha256.hpp"

namespace undertone::pipeline {

// The digest is of the samples as they lie in memory.
static_assert(std::endian::native == std::endian::little);

RecordingFacts check_recording(const std::filesystem::path& file, double longest) {
  audio::Reader reader = audio::Reader::open_file(file);
  audio::QualityMeter meter;
  Sha256 digest;
  RecordingFacts facts;
  std::vector<float> piece(audio::kSampleRate);
  double seconds = 0;
  while (const std::size_t count = reader.read(piece)) {
    const std::span<const float> samples(piece.data(), count);
    meter.add(samples);
    facts.sketch.add(samples);
    digest.update(std::as_bytes(samples));
    seconds += static_cast<double>(count) / audio::kSampleRate;
    if (seconds > longest) {
      facts.complete = false;
      break;
    }
  }
  facts.quality = meter.result();
  facts.sample_rate = reader.source().sample_rate;
  facts.channels = reader.source().channels;
  facts.sha256 = digest.hex_digest();
  return facts;
}

}  // namespace undertone::pipeline

// The journal of an extraction.

#include "pipeline/extraction_journal.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include <undertone/error.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone::pipeline;
  try {
    const auto contents = parse_journal(std::as_bytes(std::span(data, size)), "fuzz");
    if (!contents) return 0;
    if (contents->valid_bytes > size) std::abort();
    // What will be read lies within the file, and every index within the list of recordings.
    for (const JournalEntry& entry : contents->entries) {
      if (entry.index >= contents->job.recordings) std::abort();
      if (entry.reason.empty() == (entry.values_at == 0)) std::abort();
      if (entry.values_at > size || contents->job.values > size) std::abort();
      if (entry.values_at != 0 &&
          entry.values_at + contents->job.values * sizeof(float) > contents->valid_bytes) {
        std::abort();
      }
    }
  } catch (const undertone::Error&) {
  }
  return 0;
}

// Metadata from outside: parsing either throws an Error or gives clips that have a filepath.
#include "dataset/metadata.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <undertone/error.hpp>

#include "dataset/corpus_names.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto corpus :
       {dataset::Corpus::kRavdess, dataset::Corpus::kEmodb, dataset::Corpus::kNemo}) {
    dataset::parse_corpus_name(corpus, text);
  }
  try {
    for (const dataset::Clip& clip : dataset::parse_metadata(text, "fuzz")) {
      if (clip.filepath.empty() || clip.line == 0) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}

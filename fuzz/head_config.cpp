// The configuration of a head: whatever the text, it is read or an undertone::Error is thrown, and
// what is read keeps its promises.

#include "heads/head_config.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include <undertone/error.hpp>

#include "tensor/unicode.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone;
  try {
    const auto config =
        heads::parse_head_config({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (!config) return 0;
    const std::set<std::string> distinct(config->labels.begin(), config->labels.end());
    if (distinct.empty() || distinct.size() != config->labels.size()) std::abort();
    for (const std::string& label : distinct) {
      if (label.empty() || label.size() > 200 || !tensor::is_utf8(label)) std::abort();
    }
    if (config->problem == heads::Problem::kSingleLabel && distinct.size() < 2) std::abort();
    if (config->weighted_layers && config->form == heads::HeadForm::kDense) std::abort();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal || std::string_view(error.what()).empty()) {
      std::abort();
    }
  }
  return 0;
}

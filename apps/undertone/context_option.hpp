// The option of commands that encode: what Whisper hears around a clip.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace undertone::cli {

inline constexpr const char* kPaddedContext = "padded";
inline constexpr const char* kClipContext = "clip";

// --context padded|clip into `context`, which outlives the command.
inline void add_context_option(CLI::App& command, std::string& context) {
  command
      .add_option(
          "--context", context,
          "Of Whisper: 'padded' hears silence after the clip up to 30 s, as it was trained; "
          "'clip' the clip alone (default: padded)")
      ->type_name("padded|clip")
      ->check(CLI::IsMember({kPaddedContext, kClipContext}));
}

}  // namespace undertone::cli

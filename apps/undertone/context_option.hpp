// The option of commands that encode: what Whisper hears around a clip.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <string>

#include <undertone/context.hpp>

namespace undertone::cli {

// --context padded|clip into `context`, which outlives the command.
inline void add_context_option(CLI::App& command, std::optional<Context>& context) {
  command
      .add_option(
          "--context", context,
          "Of Whisper: 'padded' hears silence after the clip up to 30 s, as OpenAI trained it; "
          "'clip' the clip alone (default: as the checkpoint was trained)")
      ->type_name("padded|clip")
      ->transform(CLI::Transformer(
          std::map<std::string, Context>{{"padded", Context::kPadded}, {"clip", Context::kClip}}));
}

}  // namespace undertone::cli

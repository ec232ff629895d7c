// The options that several commands have.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include <undertone/context.hpp>

namespace undertone::cli {

// Everything that options are written into outlives the command.

// --encoder, --context and --precision. What this processor cannot do is refused when the encoder
// is opened, with what it can.
void add_encoder_options(CLI::App& command, std::string& encoder, std::optional<Context>& context,
                         std::string& precision);

// --model: what judges an encoder's embeddings.
void add_classifier_option(CLI::App& command, std::string& model);

// --threads; 0, as many as there are cores, if it is not given.
void add_threads_option(CLI::App& command, unsigned& threads);

}  // namespace undertone::cli

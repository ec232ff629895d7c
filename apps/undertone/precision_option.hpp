// The option of commands that encode: in which arithmetic.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace undertone::cli {

// --precision into `precision`, which outlives the command. What this processor cannot do is
// refused when the encoder is opened, with what it can.
inline void add_precision_option(CLI::App& command, std::string& precision) {
  command
      .add_option("--precision", precision,
                  "Of the encoder's products: f32, bf16 or int8 where the processor has them, or "
                  "auto for the fastest that keeps labels (default: f32)")
      ->type_name("f32|bf16|int8|auto");
}

}  // namespace undertone::cli

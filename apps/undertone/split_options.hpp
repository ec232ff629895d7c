// The options of commands that divide clips.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "evaluation/splits.hpp"

namespace undertone::cli {

// "speaker", "random", "published" ... Throws UsageError for any other.
evaluation::SplitKind split_kind_of(const std::string& name);

// --folds and --repeats; both must outlive `command`.
void add_fold_options(CLI::App& command, std::optional<std::size_t>& folds,
                      std::optional<std::size_t>& repeats);

}  // namespace undertone::cli

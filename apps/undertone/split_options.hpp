// Splits by their names.
#pragma once

#include <string>

#include "evaluation/splits.hpp"

namespace undertone::cli {

// "speaker", "random", "published" ... Throws UsageError for any other.
evaluation::SplitKind split_kind_of(const std::string& name);

}  // namespace undertone::cli

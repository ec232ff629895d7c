// A study as files that people and programs read.
#pragma once

#include <filesystem>
#include <string>

#include "evaluation/evaluation.hpp"

namespace undertone::evaluation {

// One HTML document: styles and pictures (SVG) inside, no script, nothing from elsewhere; readable
// in print and in the dark. Its first line says the split in words.
std::string render_html(const Study& study);

// The same numbers as JSON; docs/report-format.md describes it.
std::string render_json(const Study& study);

// Writes report.html, report.json, and for each evaluation folds.csv, classes.csv, confusion.csv,
// subgroups.csv and clips.csv (with the split's name before, "random-folds.csv", where there are
// several). Makes the folder. Each file is replaced atomically, report.html last. Throws
// Error(kOutputExists) if report.html is there and `overwrite` is not set; Error(kFileUnwritable).
void write_report(const std::filesystem::path& folder, const Study& study, bool overwrite);

}  // namespace undertone::evaluation

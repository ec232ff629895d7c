// The tables of an evaluation, as CSV.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluation/evaluation.hpp"

namespace undertone::evaluation {

// What is in a file's name, in the order in which they are written: "folds" ... "clips".
std::vector<std::string_view> csv_kinds();

// The file of the kind for an evaluation of the study: "folds.csv", or "random-folds.csv" where the
// study has several ("random-2-folds.csv" where two are of the same split).
std::string csv_name(const Study& study, std::size_t evaluation, std::string_view kind);

// Its text, RFC 4180 with LF. Numbers are the shortest that read back as the same double; one that
// is not finite is an empty field.
std::string render_csv(const Study& study, std::size_t evaluation, std::string_view kind);

}  // namespace undertone::evaluation

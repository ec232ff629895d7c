// The options of a prediction, from the query of its request.
#pragma once

#include <undertone/recognizer.hpp>

#include "server/request_target.hpp"

namespace undertone::server {

struct PredictionQuery {
  double window_s = kLongestWindow;
  bool timing = false;
};

// Throws ApiError(400, "invalid_argument") for a value outside its range, an option that occurs
// twice, and a name that is no option: a misspelt one must not give an answer to another question.
PredictionQuery parse_prediction_query(const RequestTarget& target);

}  // namespace undertone::server

// What a model is, in lines for people.
#pragma once

#include <filesystem>
#include <string>

#include "classifier/bundle.hpp"
#include "encoder/model_locator.hpp"

namespace undertone::cli {

// An encoder is loaded in full, so the description is also a check. Throws what loading throws.
std::string describe_encoder(const encoder::LocatedModel& model);

// What predict would use in an encoder's folder, in a word: "yes" (a bundle), "head", "no". A head
// is taken by its configuration's word; nothing is thrown for one that is damaged.
std::string classifier_of(const std::filesystem::path& folder);

// What an encoder's folder is packed in: "f32", "bf16", "int8", "no", or "?" if that is not to be
// read.
std::string packed_in(const std::filesystem::path& folder);

// The estimator of a bundle with its settings, in one line.
std::string fitted_in_words(const classifier::Bundle& bundle);

// A bundle, or the tensors of any checkpoint. Throws what reading throws.
std::string describe_file(const std::filesystem::path& path);

}  // namespace undertone::cli

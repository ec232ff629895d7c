// What a model is, in lines for people.
#pragma once

#include <filesystem>
#include <string>

#include "encoder/model_locator.hpp"

namespace undertone::cli {

// An encoder is loaded in full, so the description is also a check. Throws what loading throws.
std::string describe_encoder(const encoder::LocatedModel& model);

// What predict would use in an encoder's folder, in a word: "yes" (a bundle), "head", "no". A head
// is taken by its configuration's word; nothing is thrown for one that is damaged.
std::string classifier_of(const std::filesystem::path& folder);

// A bundle, or the tensors of any checkpoint. Throws what reading throws.
std::string describe_file(const std::filesystem::path& path);

}  // namespace undertone::cli

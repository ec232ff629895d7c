// What is known of recordings, as the lists of a table of embeddings.
#pragma once

#include <string>
#include <vector>

#include "pipeline/dataset_extraction.hpp"

namespace undertone::pipeline {

// Throws Error(kDataInvalid), naming recording and column, for what could not be written in the
// end: texts that are not UTF-8 or end in a zero character, names that no array can have, too many
// or too large columns.
void require_writable_texts(const std::vector<Recording>& recordings);

// SHA-256 over all files' names and all that is known of the recordings, in their order.
std::string digest_of(const std::vector<Recording>& recordings);

// Everything but embeddings and origin. `reasons` has an element for each recording: empty if it
// gave an embedding.
EmbeddingTable texts_of(const std::vector<Recording>& recordings,
                        const std::vector<std::string>& reasons);

// "code: what happened", as UTF-8 of bounded length.
std::string reason_of(const Error& error);

}  // namespace undertone::pipeline

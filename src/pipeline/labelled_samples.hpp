// The rows of an embedding table that have one of the asked labels, as the evaluation takes them.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "evaluation/samples.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline {

struct LabelledSamples {
  evaluation::Samples samples;
  std::map<std::string, std::size_t> class_counts;
  std::map<std::string, std::size_t> left_out;  // labels that are no classes; "" is no label
};

// The classes that a table is taken to have: `asked`, or where that is empty those of the six
// emotions that occur.
std::vector<std::string> classes_of(const EmbeddingTable& table,
                                    const std::vector<std::string>& asked);

// Rows in their order; class names as given. Rows with other labels are counted and left out. Lists
// that the table lacks (of a length other than the embeddings') are taken as not known.
LabelledSamples labelled_samples(const EmbeddingTable& table,
                                 const std::vector<std::string>& classes);

// The named rows of the samples, in their order; class_counts are theirs.
LabelledSamples only(const LabelledSamples& labelled, std::span<const std::size_t> rows);

// Throws Error(kDataInvalid), saying which labels there are, for fewer than two classes or one
// without a clip.
void require_trainable(const EmbeddingTable& table, const LabelledSamples& labelled);

}  // namespace undertone::pipeline

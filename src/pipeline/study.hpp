// A table of embeddings to an evaluation one can believe.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "classifier/bundle.hpp"
#include "common/thread_pool.hpp"
#include "evaluation/cross_validation.hpp"
#include "evaluation/evaluation.hpp"
#include "evaluation/splits.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline {

struct StudyOptions {
  std::string source;                  // Study::source
  std::vector<std::string> classes{};  // empty: those of the six that the data have
  // One evaluation each, all with the other options of `split`. Empty: by speaker where every
  // speaker is known, else random, with a notice.
  std::vector<evaluation::SplitKind> splits{};
  evaluation::SplitOptions split{};
  evaluation::CrossValidationOptions validation{};
};

// Cross-validates a classifier on the table. All splits are planned before the first training, so
// that data that do not allow one of them are refused at once. `progress` counts the trainings of
// all splits. Throws Error(kDataInvalid), Error(kInvalidArgument), Error(kCancelled).
evaluation::Study study_embeddings(const EmbeddingTable& table, const StudyOptions& options,
                                   ThreadPool& pool, const evaluation::FoldProgress& progress = {},
                                   std::stop_token stop = {});

// Which clips a trained classifier is scored on, of those that have one of its labels.
enum class ScoredClips {
  kAll,
  kMarkedTest,  // those whose column "split" says "test"
};

// Scores a trained classifier on clips of the table; nothing is trained. Throws
// Error(kModelMismatch) if the bundle is for other embeddings, Error(kDataInvalid) if there is no
// clip to score or, where it is asked for, no column.
evaluation::Study study_bundle(const EmbeddingTable& table, const classifier::Bundle& bundle,
                               const std::string& bundle_name, const std::string& source,
                               std::uint64_t seed, ThreadPool& pool,
                               ScoredClips scored = ScoredClips::kAll);

}  // namespace undertone::pipeline

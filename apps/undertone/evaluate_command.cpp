#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "classifier/bundle.hpp"
#include "common/thread_pool.hpp"
#include "evaluation/report.hpp"
#include "pipeline/study.hpp"
#include "undertone/classifier_options.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/embedding_inputs.hpp"
#include "undertone/evaluation_table.hpp"
#include "undertone/interrupt.hpp"
#include "undertone/progress.hpp"
#include "undertone/shared_options.hpp"
#include "undertone/split_options.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone evaluate emb.npz
  undertone evaluate emb.npz --compare random,speaker --report report/
  undertone evaluate emb.npz --split holdout --shares 70/15/15 --repeats 5
  undertone evaluate emb.npz --search
  undertone evaluate emb.npz --classifier forest --trees 300
  undertone evaluate ravdess.npz emodb.npz --train-on ravdess --test-on emodb
  undertone evaluate ravdess.npz --test emodb.npz
  undertone evaluate other.npz --model model.safetensors
  undertone evaluate emb.npz --model model.safetensors --split published

Splits: speaker (no speaker on both sides; the default where all are known), random, sentence,
holdout (by speaker), holdout-random, corpus (each in turn), published (the column 'split').
Scaler, components and calibration are fitted inside each fold. Recordings of the same content
(column sha256) or derived from one another (column group) are never on both sides.)";

// Which rows train and which are tested, where --test says so.
constexpr const char* kSideColumn = "evaluated side";

struct EvaluateOptions {
  std::vector<std::string> inputs;
  std::string model;
  std::string split;
  std::vector<std::string> compare;
  std::optional<std::size_t> folds;
  std::optional<std::size_t> repeats;
  std::string shares;
  std::vector<std::string> train_on;
  std::vector<std::string> test_on;
  std::string test_file;
  std::string layer;
  ClassifierOptions classifier;
  std::string report;
  bool force = false;
  bool json = false;
  unsigned threads = 0;
  bool quiet = false;
};

// "70/15/15", "80/20" (no validation part)
std::array<double, 3> shares_of(const std::string& text) {
  std::vector<double> shares;
  std::string_view rest = text;
  while (true) {
    double share = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), share);
    if (error != std::errc() || !(share >= 0 && share <= 1e6)) break;
    shares.push_back(share);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.empty() || rest.front() != '/') break;
    rest.remove_prefix(1);
  }
  const bool whole = rest.empty() && (shares.size() == 2 || shares.size() == 3);
  if (!whole || !(shares.front() > 0) || !(shares.back() > 0)) {
    throw UsageError(
        fmt::format("--shares takes training/validation/test, as in 70/15/15, not '{}'", text));
  }
  return {shares.front(), shares.size() == 3 ? shares[1] : 0.0, shares.back()};
}

// A trained classifier on the test clips of a published split.
bool tests_marked(const EvaluateOptions& options) {
  return !options.model.empty() && options.split == "published";
}

// Options that contradict each other are refused rather than ignored.
void require_consistent(const EvaluateOptions& options) {
  const bool cross = !options.train_on.empty() || !options.test_on.empty();
  const std::array<std::pair<const char*, bool>, 5> ways = {
      {{"--model", !options.model.empty()},
       {"--split", !options.split.empty()},
       {"--compare", !options.compare.empty()},
       {"--train-on/--test-on", cross},
       {"--test", !options.test_file.empty()}}};
  const char* first = nullptr;
  for (const auto& [name, given] : ways) {
    if (!given) continue;
    if (cross && options.split == "corpus" && std::string_view(name) == "--split") continue;
    if (tests_marked(options) && std::string_view(name) == "--split") continue;
    if (first != nullptr) {
      throw UsageError(fmt::format("{} and {} cannot be used together", first, name));
    }
    first = name;
  }
  const auto is_holdout = [](const std::string& name) { return name.starts_with("holdout"); };
  if (!options.shares.empty() && !is_holdout(options.split) &&
      std::none_of(options.compare.begin(), options.compare.end(), is_holdout)) {
    throw UsageError("--shares belongs to --split holdout or holdout-random");
  }
  const ClassifierOptions& how = options.classifier;
  const bool trains = !how.pca.empty() || how.c || !how.gamma.empty() ||
                      !how.class_weight.empty() || !how.classes.empty() || search_of(how) ||
                      how.multiclass != "ovo" || how.classifier != "svm" || how.trees ||
                      how.max_depth || !how.weights.empty() || options.folds || options.repeats;
  if (!options.model.empty() && trains) {
    throw UsageError(
        "--model evaluates a classifier as it is; options of training and splitting "
        "do not apply");
  }
}

pipeline::StudyOptions study_options(const EvaluateOptions& options) {
  pipeline::StudyOptions study;
  study.source = fmt::format("{}", fmt::join(options.inputs, ", "));
  study.classes = classes_of(options.classifier);
  study.split.folds = options.folds.value_or(study.split.folds);
  study.split.repeats = options.repeats.value_or(1);
  study.split.seed = options.classifier.seed;
  if (!options.shares.empty()) study.split.shares = shares_of(options.shares);
  study.validation.classifier = settings_of(options.classifier);
  study.validation.search = search_of(options.classifier);
  study.validation.search_folds = options.classifier.search_folds;
  study.validation.seed = options.classifier.seed;
  for (const std::string& name : options.compare) study.splits.push_back(split_kind_of(name));
  if (!options.split.empty()) study.splits = {split_kind_of(options.split)};
  if (!options.train_on.empty() || !options.test_on.empty()) {
    study.splits = {evaluation::SplitKind::kCorpus};
    study.split.train_on = options.train_on;
    study.split.test_on = options.test_on;
  }
  if (!options.test_file.empty()) {
    study.source += " and " + options.test_file;
    study.splits = {evaluation::SplitKind::kGiven};
    study.split.column = kSideColumn;
    study.split.given_words =
        fmt::format("{} against {}", fmt::join(options.inputs, ", "), options.test_file);
  }
  return study;
}

evaluation::Study study(const EvaluateOptions& options, const pipeline::StudyOptions& how,
                        ThreadPool& pool) {
  const std::optional<std::size_t> layer = layer_of(options.layer);
  pipeline::EmbeddingTable table = read_embedding_files(options.inputs, layer);
  if (!options.model.empty()) {
    const classifier::Bundle bundle =
        load_model([&] { return classifier::load_bundle(options.model); });
    return pipeline::study_bundle(
        table, bundle, std::filesystem::path(options.model).filename().string(), how.source,
        options.classifier.seed, pool,
        tests_marked(options) ? pipeline::ScoredClips::kMarkedTest : pipeline::ScoredClips::kAll);
  }
  if (!options.test_file.empty()) {
    table =
        with_sides(std::move(table), read_embedding_files({options.test_file}, layer), kSideColumn);
  }
  std::unique_ptr<Progress> progress;
  const InterruptWatch watch;
  evaluation::Study result = pipeline::study_embeddings(
      table, how, pool,
      [&](std::size_t done, std::size_t total) {
        if (!progress) {
          progress = std::make_unique<Progress>(
              "Training", total,
              options.quiet ? Progress::Where::kNowhere : Progress::Where::kTerminalOnly, "folds");
        }
        progress->advance(done);
      },
      watch.token());
  if (progress) progress->finish();
  return result;
}

// Said before the work rather than after it; write_report makes sure.
void require_new(const EvaluateOptions& options) {
  const auto page = std::filesystem::path(options.report) / "report.html";
  if (options.force || !std::filesystem::exists(page)) return;
  throw Error(ErrorCode::kOutputExists, page.string() + " exists already",
              "Allow it to be overwritten with --force.");
}

int run_evaluate(const EvaluateOptions& options) {
  require_consistent(options);
  const pipeline::StudyOptions how = study_options(options);
  if (options.layer == "all") {
    throw UsageError("--layer takes one layer here", "Evaluate the layers one by one.");
  }
  if (!options.report.empty()) require_new(options);
  ThreadPool pool(options.threads == 0 ? available_threads() : options.threads);
  const evaluation::Study result = study(options, how, pool);
  if (!options.report.empty()) {
    evaluation::write_report(options.report, result, options.force);
  }
  print(options.json ? evaluation::render_json(result) : evaluation_text(result, utf8_locale()));
  if (!options.report.empty() && !options.json) {
    print(fmt::format("Written: {}\n",
                      printable((std::filesystem::path(options.report) / "report.html").string())));
  }
  return kDone;
}

void add_split_options(CLI::App& command, EvaluateOptions& options) {
  command.add_option("--split", options.split, "How clips are divided (default: speaker)")
      ->type_name("SPLIT");
  command.add_option("--compare", options.compare, "Several splits side by side")
      ->delimiter(',')
      ->type_name("SPLIT,SPLIT");
  add_fold_options(command, options.folds, options.repeats);
  command
      .add_option("--shares", options.shares,
                  "Of a holdout: training/validation/test (default: 70/15/15)")
      ->type_name("A/B/C");
  command
      .add_option("--train-on", options.train_on, "Corpora to train on, in a cross-corpus split")
      ->delimiter(',')
      ->type_name("A,B");
  command.add_option("--test-on", options.test_on, "Corpora to test on")
      ->delimiter(',')
      ->type_name("A,B");
  command.add_option("--test", options.test_file, "Train on the inputs, test on these embeddings")
      ->type_name("FILE");
}

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  const auto options = std::make_shared<EvaluateOptions>();
  CLI::App* const command =
      app.add_subcommand("evaluate", "How good a classifier of embeddings is");
  command->footer(kExamples);
  command->add_option("embeddings", options->inputs, "What `undertone extract` wrote")
      ->required()
      ->type_name("emb.npz");
  command
      ->add_option("--model", options->model,
                   "Score this bundle on the clips, without any training")
      ->type_name("FILE");
  add_split_options(*command, *options);
  command->add_option("--layer", options->layer, "Hidden state, where the files hold several")
      ->type_name("N");
  add_classifier_options(*command, options->classifier);
  command->add_option("--report", options->report, "Folder for report.html, report.json and CSVs")
      ->type_name("DIR");
  command->add_flag("--force", options->force, "Overwrite a report");
  command->add_flag("--json", options->json, "Print the report's JSON");
  add_threads_option(*command, options->threads);
  command->add_flag("-q,--quiet", options->quiet, "No progress");
  command->callback([options, &action] { action = [options] { return run_evaluate(*options); }; });
}

}  // namespace undertone::cli

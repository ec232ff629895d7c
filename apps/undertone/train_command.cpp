#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "classifier/bundle.hpp"
#include "common/thread_pool.hpp"
#include "evaluation/search.hpp"
#include "pipeline/cross_fitting.hpp"
#include "pipeline/training.hpp"
#include "undertone/classifier_options.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/embedding_inputs.hpp"
#include "undertone/interrupt.hpp"
#include "undertone/model_description.hpp"
#include "undertone/shared_options.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone train emb.npz -o model.safetensors
  undertone train emb.npz -o model.safetensors --pca 0.95 --class-weight balanced
  undertone train emb.npz -o model.safetensors --classes Neutral,Happy,Sad,Angry
  undertone train emb.npz -o model.safetensors --search --search-c 0.1,1,10
  undertone train emb.npz -o model.safetensors --classifier ensemble --weights 2,1,1
  undertone train ravdess.npz emodb.npz -o model.safetensors
  undertone train emb.npz -o model.safetensors --calibration fold0.npz fold1.npz

StandardScaler, PCA and an SVM with RBF kernel and calibrated probabilities, as scikit-learn means
them; in the SVM's place logistic regression, a random forest, or the mean of the three. Labels that
are no classes are left out. Where all speakers are known, none stands on both sides of the
calibration's folds, nor of a search's. How good the result is, `undertone evaluate` tells.)";

struct TrainOptions {
  std::vector<std::string> inputs;
  std::string output;
  std::string layer;
  ClassifierOptions classifier;
  unsigned threads = 0;
  std::string licence;
  std::vector<std::string> calibration;
  bool force = false;
};

pipeline::TrainingOptions training_options(const TrainOptions& options) {
  pipeline::TrainingOptions training;
  training.classifier = settings_of(options.classifier);
  training.licence = options.licence;
  training.classes = classes_of(options.classifier);
  training.search = search_of(options.classifier);
  training.search_folds = options.classifier.search_folds;
  training.calibration.assign(options.calibration.begin(), options.calibration.end());
  if (!options.calibration.empty() &&
      training.classifier.kind != classifier::ClassifierKind::kSvm) {
    throw UsageError(fmt::format("--calibration is of use to a support vector machine only, not to "
                                 "--classifier {}",
                                 to_string(training.classifier.kind)),
                     "Leave one of the two out.");
  }
  return training;
}

pipeline::Training train(const TrainOptions& options, const pipeline::TrainingOptions& how,
                         ThreadPool& pool, std::stop_token stop) {
  const auto read = [&](std::optional<std::size_t> layer) {
    return read_embedding_files(options.inputs, layer);
  };
  if (options.layer != "all") {
    return pipeline::train_classifier(read(layer_of(options.layer)), how, pool, stop);
  }
  return pipeline::train_best_layer(stored_layers(options.inputs), read, how, pool, stop);
}

std::string search_text(const pipeline::SearchReport& search) {
  std::string text = printable(search.split) + '\n';
  text += "  UAR %   layer  settings\n";
  for (std::size_t i = 0; i < search.tried.size(); ++i) {
    const pipeline::TriedSettings& tried = search.tried[i];
    text += fmt::format("{} {:>5.1f}  {:>6}  {}\n", i == search.best ? '*' : ' ', 100 * tried.uar,
                        tried.layer, evaluation::in_words(tried.options));
  }
  return text +
         "The best (*) was chosen by these figures, so they are no test of it: `undertone evaluate "
         "--search` is.\n";
}

std::string report_of(const TrainOptions& options, const pipeline::Training& training) {
  const auto& [bundle, report] = training;
  std::string text = report.search ? search_text(*report.search) : std::string();
  text += fmt::format("Trained on {} embeddings", report.samples);
  if (report.speakers > 0) text += fmt::format(" of {} speakers", report.speakers);
  text += fmt::format(" ({}, layer {})\n", printable(bundle.provenance.encoder.name),
                      bundle.provenance.encoder.layer);
  for (const std::string& name : bundle.classifier.class_names()) {
    text += fmt::format("  {:<10} {:>6}\n", printable(name), report.class_counts.at(name));
  }
  for (const auto& [label, count] : report.left_out) {
    text += fmt::format("  left out: {} labelled {}\n", count,
                        label.empty() ? "with nothing" : "'" + printable(label) + "'");
  }
  if (bundle.classifier.pca()) {
    text += fmt::format("{} principal components, ", bundle.classifier.pca()->components_count());
  } else {
    text += fmt::format("{} features without PCA, ", bundle.classifier.features());
  }
  text += fitted_in_words(bundle) + '\n';
  if (bundle.provenance.calibration) {
    text += fmt::format("Probabilities {}\n",
                        printable(pipeline::in_words(*bundle.provenance.calibration)));
  }
  return text + fmt::format("Written: {}\n", printable(options.output));
}

int run_train(const TrainOptions& options) {
  const pipeline::TrainingOptions how = training_options(options);
  if (options.layer == "all" && !how.search) {
    throw UsageError("--layer all needs --search, which compares the layers",
                     "Name one layer, or add --search.");
  }
  layer_of(options.layer);
  if (!options.force && std::filesystem::exists(options.output)) {
    throw Error(ErrorCode::kOutputExists, options.output + " exists already",
                "Allow it to be overwritten with --force.");
  }
  ThreadPool pool(options.threads == 0 ? available_threads() : options.threads);
  const InterruptWatch watch;
  const pipeline::Training training = train(options, how, pool, watch.token());
  for (const std::string& notice : training.report.notices) {
    print_to_stderr(fmt::format("note: {}\n", printable(notice)));
  }
  if (watch.interrupted()) {
    throw Error(ErrorCode::kCancelled, fmt::format("{} was not written", options.output));
  }
  classifier::save_bundle(options.output, training.bundle);
  print(report_of(options, training));
  return kDone;
}

}  // namespace

void add_train(CLI::App& app, Action& action) {
  const auto options = std::make_shared<TrainOptions>();
  CLI::App* const command = app.add_subcommand("train", "Embeddings to a classifier");
  command->footer(kExamples);
  command->add_option("embeddings", options->inputs, "What `undertone extract` wrote")
      ->required()
      ->type_name("emb.npz");
  command->add_option("-o,--output", options->output, "The bundle to write")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--layer", options->layer,
                   "Hidden state, where the files hold several; all: the best, with --search")
      ->type_name("N|all");
  add_classifier_options(*command, options->classifier);
  command
      ->add_option(
          "--calibration", options->calibration,
          "Calibrate on these embeddings' clips marked 'test' in the column 'split', whose "
          "speakers their encoder has not heard (default: folds of the training data)")
      ->type_name("fold.npz");
  add_threads_option(*command, options->threads);
  command->add_option("--licence", options->licence, "Noted in the bundle and in predictions")
      ->type_name("TEXT");
  command->add_flag("--force", options->force, "Overwrite the output");
  command->callback([options, &action] { action = [options] { return run_train(*options); }; });
}

}  // namespace undertone::cli

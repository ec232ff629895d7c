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
#include "dataset/emotion.hpp"
#include "pipeline/embedding_file.hpp"
#include "pipeline/training.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone train emb.npz -o model.safetensors
  undertone train emb.npz -o model.safetensors --pca 0.95 --class-weight balanced
  undertone train emb.npz -o model.safetensors --classes Neutral,Happy,Sad,Angry

StandardScaler, PCA and an SVM with RBF kernel and calibrated probabilities, as scikit-learn means
them. Labels that are no classes are left out. Where all speakers are known, none stands on both
sides of the calibration's folds.)";

struct TrainOptions {
  std::string input;
  std::string output;
  std::string pca = "200";
  double c = 1.0;
  std::string gamma = "scale";
  std::string class_weight = "none";
  std::string multiclass = "ovo";
  std::vector<std::string> classes;
  std::uint64_t seed = 0;
  unsigned threads = 0;
  std::string licence;
  bool force = false;
};

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<classifier::PcaSize> pca_of(const std::string& text) {
  if (text == "none") return std::nullopt;
  if (const auto count = number_of<std::size_t>(text); count && *count > 0) {
    return classifier::PcaSize{*count};
  }
  if (const auto fraction = number_of<double>(text); fraction && *fraction > 0 && *fraction < 1) {
    return classifier::PcaSize{*fraction};
  }
  throw UsageError(
      fmt::format("--pca takes a number of components, a fraction of the variance between 0 and 1, "
                  "or 'none', not '{}'",
                  text));
}

classifier::Gamma gamma_of(const std::string& text) {
  if (text == "scale") return classifier::GammaRule::kScale;
  if (text == "auto") return classifier::GammaRule::kAuto;
  if (const auto value = number_of<double>(text); value && *value > 0) return *value;
  throw UsageError(
      fmt::format("--gamma takes 'scale', 'auto' or a positive number, not '{}'", text));
}

pipeline::TrainingOptions training_options(const TrainOptions& options) {
  pipeline::TrainingOptions training;
  training.pca = pca_of(options.pca);
  training.svm.c = options.c;
  training.svm.gamma = gamma_of(options.gamma);
  training.svm.class_weight = options.class_weight == "balanced"
                                  ? classifier::ClassWeight::kBalanced
                                  : classifier::ClassWeight::kNone;
  training.svm.multiclass = options.multiclass == "ovr" ? classifier::Multiclass::kOneVsRest
                                                        : classifier::Multiclass::kOneVsOne;
  training.svm.seed = options.seed;
  training.licence = options.licence;
  for (const std::string& name : options.classes) {
    training.classes.push_back(dataset::normalize_emotion(name));
  }
  return training;
}

std::string report_of(const TrainOptions& options, const pipeline::Training& training) {
  const auto& [bundle, report] = training;
  std::string text = fmt::format("Trained on {} embeddings", report.samples);
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
  const auto& svm = bundle.classifier.svm();
  if (bundle.classifier.pca()) {
    text += fmt::format("{} principal components, ", bundle.classifier.pca()->components_count());
  } else {
    text += fmt::format("{} features without PCA, ", bundle.classifier.features());
  }
  text += fmt::format("{} support vectors, {} machines ({}), C = {}, gamma = {:.6g}\n",
                      svm.parameters().support_vectors.rows(), svm.machines(),
                      to_string(svm.parameters().multiclass), options.c, svm.parameters().gamma);
  return text + fmt::format("Written: {}\n", printable(options.output));
}

int run_train(const TrainOptions& options) {
  const pipeline::TrainingOptions training_of = training_options(options);
  if (!options.force && std::filesystem::exists(options.output)) {
    throw Error(ErrorCode::kOutputExists, options.output + " exists already",
                "Allow it to be overwritten with --force.");
  }
  const pipeline::EmbeddingTable table = pipeline::read_embeddings(options.input);
  ThreadPool pool(options.threads == 0 ? available_threads() : options.threads);
  const pipeline::Training training = pipeline::train_classifier(table, training_of, pool);
  for (const std::string& notice : training.report.notices) {
    print_to_stderr(fmt::format("note: {}\n", printable(notice)));
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
  command->add_option("embeddings", options->input, "What `undertone extract` wrote")
      ->required()
      ->type_name("emb.npz");
  command->add_option("-o,--output", options->output, "The bundle to write")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--pca", options->pca,
                   "Principal components: how many (lowered to what the data allow), which part "
                   "of the variance, or none (default: 200)")
      ->type_name("N|0.95|none");
  command->add_option("--C", options->c, "Cost of errors (default: 1)")->type_name("X");
  command->add_option("--gamma", options->gamma, "Width of the kernel (default: scale)")
      ->type_name("scale|auto|X");
  command
      ->add_option("--class-weight", options->class_weight,
                   "balanced: rare classes cost as much as frequent ones (default: none)")
      ->check(CLI::IsMember({"none", "balanced"}));
  command
      ->add_option("--multiclass", options->multiclass,
                   "One machine a pair of classes or one a class (default: ovo)")
      ->check(CLI::IsMember({"ovo", "ovr"}));
  command
      ->add_option("--classes", options->classes,
                   "Labels to train on (default: those of the six emotions that the data have)")
      ->delimiter(',')
      ->type_name("A,B,...");
  command->add_option("--seed", options->seed, "Of the calibration's folds (default: 0)")
      ->type_name("N");
  command->add_option("--threads", options->threads, "Threads to use (default: all)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command->add_option("--licence", options->licence, "Noted in the bundle and in predictions")
      ->type_name("TEXT");
  command->add_flag("--force", options->force, "Overwrite the output");
  command->callback([options, &action] { action = [options] { return run_train(*options); }; });
}

}  // namespace undertone::cli

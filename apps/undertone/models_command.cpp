#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/file_checks.hpp"
#include "common/thread_pool.hpp"
#include "encoder/known_encoders.hpp"
#include "encoder/model_locator.hpp"
#include "encoder/packed_checkpoint.hpp"
#include "encoder/packing.hpp"
#include "encoder/presets.hpp"
#include "encoder/random_checkpoint.hpp"
#include "heads/emotion_head.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/model_description.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone models list
  undertone models list --known
  undertone models pull hubert-large
  undertone models inspect undertone-small
  undertone models inspect model.safetensors
  undertone models pack hubert-large -o hubert-large-packed
  undertone models random hubert-large -o random-large --seed 1)";

int run_list() {
  const std::vector<encoder::LocatedModel> models = encoder::installed_encoders();
  if (models.empty()) {
    std::string text = "No encoders found. Looked in:\n";
    for (const auto& folder : encoder::shipped_model_folders()) {
      text += "  " + printable(folder.string()) + '\n';
    }
    print_to_stderr(text + "  " + printable(encoder::hub_cache_folder().string()) + '\n');
    return kDone;
  }
  std::size_t width = 4;
  for (const auto& model : models) width = std::max(width, display_width(model.name));
  std::string text =
      fmt::format("{:<{}}  {:<10}  {:<6}  {}\n", "NAME", width, "CLASSIFIER", "PACKED", "FOLDER");
  for (const auto& model : models) {
    text += fmt::format("{:<{}}  {:<10}  {:<6}  {}\n", printable(model.name), width,
                        classifier_of(model.folder), packed_in(model.folder),
                        printable(model.folder.string()));
  }
  print(text);
  return kDone;
}

int run_list_known() {
  const std::vector<encoder::LocatedModel> models = encoder::installed_encoders();
  const auto is_here = [&](std::string_view repository) {
    return std::any_of(models.begin(), models.end(),
                       [&](const auto& model) { return model.name == repository; });
  };
  std::string text = fmt::format("{:<16}  {:<4}  {}\n", "NAME", "HERE", "REPOSITORY");
  for (const auto& known : encoder::known_encoders()) {
    text += fmt::format("{:<16}  {:<4}  {}\n", known.name, is_here(known.repository) ? "yes" : "no",
                        known.repository);
  }
  print(text);
  return kDone;
}

int run_inspect(const std::string& what) {
  std::error_code ignored;
  const bool is_file =
      std::filesystem::exists(what, ignored) && !std::filesystem::is_directory(what, ignored);
  print(load_model([&] {
    if (is_file) {
      require_regular_file(what);
      return describe_file(what);
    }
    return describe_encoder(encoder::locate_encoder(what));
  }));
  return kDone;
}

struct PackCommandOptions {
  std::string model;
  std::string output;
  std::string precision = "f32";
  bool force = false;
};

int run_pack(const PackCommandOptions& options) {
  const encoder::LocatedModel model =
      load_model([&] { return encoder::locate_encoder(options.model); });
  encoder::PackOptions pack;
  pack.precision = encoder::choose_precision(options.precision, encoder::usable_instruction_set());
  pack.overwrite = options.force;
  pack.carry = heads::is_head_tensor;
  ThreadPool pool(available_threads());
  encoder::write_packed_checkpoint(model.folder, options.output, pack, pool);
  const auto file = std::filesystem::path(options.output) / encoder::kPackedFile;
  print(fmt::format("{}: {} packed in {}, {:.0f} MiB\n", printable(options.output),
                    printable(model.name), encoder::to_string(pack.precision),
                    static_cast<double>(std::filesystem::file_size(file)) / (1 << 20)));
  return kDone;
}

struct RandomOptions {
  std::string config;
  std::string output;
  std::uint64_t seed = 0;
  bool force = false;
};

std::string known_presets() { return fmt::format("{}", fmt::join(encoder::preset_names(), ", ")); }

encoder::EncoderConfig config_of(const std::string& name) {
  if (const auto preset = encoder::preset_config(name)) return *preset;
  if (!std::filesystem::exists(name)) {
    throw UsageError(fmt::format("'{}' is neither a known architecture nor a file", name),
                     fmt::format("Known are {}; or name a config.json.", known_presets()));
  }
  require_regular_file(name);
  constexpr std::size_t kMost = std::size_t{1} << 20;
  std::string text;
  std::ifstream file(name, std::ios::binary);
  for (char c = 0; text.size() <= kMost && file.get(c);) text += c;
  return encoder::parse_config(text, name);
}

int run_random(const RandomOptions& options) {
  const encoder::EncoderConfig config = load_model([&] { return config_of(options.config); });
  ThreadPool pool(available_threads());
  encoder::write_random_checkpoint(config, options.seed, options.output, options.force, pool);
  std::uint64_t parameters = 0;
  for (const auto& tensor : encoder::checkpoint_tensors(config)) {
    parameters += tensor.element_count();
  }
  print(fmt::format("{}: {} with {} random parameters, seed {}\n", printable(options.output),
                    to_string(config.family), parameters, options.seed));
  return kDone;
}

}  // namespace

void add_models(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("models", "Encoders and classifiers on this machine");
  command->footer(kExamples);
  command->require_subcommand(1);

  CLI::App* const list = command->add_subcommand("list", "Encoders that can be named, and where");
  const auto known = std::make_shared<bool>(false);
  list->add_flag("--known", *known, "The encoders that 'models pull' knows by a short name");
  list->callback([known, &action] { action = *known ? run_list_known : run_list; });

  add_models_pull(*command, action);

  const auto what = std::make_shared<std::string>();
  CLI::App* const inspect = command->add_subcommand("inspect", "What a model is");
  inspect->add_option("model", *what, "An encoder's name or folder, a bundle, or any checkpoint")
      ->required()
      ->type_name("NAME|DIR|FILE");
  inspect->callback([what, &action] { action = [what] { return run_inspect(*what); }; });

  const auto packing = std::make_shared<PackCommandOptions>();
  CLI::App* const pack = command->add_subcommand(
      "pack", "Write an encoder as it is computed with, so that it starts at once");
  pack->add_option("model", packing->model, "An encoder's name or folder")
      ->required()
      ->type_name("NAME|DIR");
  pack->add_option("-o,--output", packing->output, "The folder to write")
      ->required()
      ->type_name("DIR");
  pack->add_option("--precision", packing->precision,
                   "Of the encoder's products, from now on (default: f32)")
      ->type_name("f32|bf16|int8|auto");
  pack->add_flag("--force", packing->force, "Overwrite a packed encoder that is there");
  pack->callback([packing, &action] { action = [packing] { return run_pack(*packing); }; });

  const auto options = std::make_shared<RandomOptions>();
  CLI::App* const random = command->add_subcommand(
      "random", "Write a checkpoint with random weights, for tests and measurements");
  random->add_option("architecture", options->config, known_presets() + ", or a config.json")
      ->required()
      ->type_name("NAME|FILE");
  random->add_option("-o,--output", options->output, "The folder to write")
      ->required()
      ->type_name("DIR");
  random->add_option("--seed", options->seed, "Of the weights (default: 0)")->type_name("N");
  random->add_flag("--force", options->force, "Overwrite a checkpoint that is there");
  random->callback([options, &action] { action = [options] { return run_random(*options); }; });
}

}  // namespace undertone::cli

#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "download/pull.hpp"
#include "download/repository_id.hpp"
#include "download/settings.hpp"
#include "encoder/config.hpp"
#include "encoder/known_encoders.hpp"
#include "encoder/model_locator.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/interrupt.hpp"
#include "undertone/progress.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone models pull hubert-large
  undertone models pull facebook/hubert-base-ls960
  undertone models pull owner/name@revision
  HF_ENDPOINT=https://mirror.example undertone models pull wav2vec2-base

`undertone models list --known` shows the short names. A model goes to the Hugging Face cache, which
Python's libraries use too; what an interrupted download has fetched is used by the next. Models that
are private or have a licence to be accepted need HF_TOKEN.)";

struct PullOptions {
  std::string name;
  bool quiet = false;
};

std::string guess(const std::string& name) {
  const auto nearest = encoder::nearest_known_name(name);
  return nearest ? fmt::format("Did you mean {}? ", *nearest) : std::string();
}

// "hubert-large@REVISION" or "owner/name@REVISION".
download::RepositoryId repository_of(const std::string& name) {
  const std::size_t at = name.find('@');
  const std::string repository = name.substr(0, at);
  if (const auto known = encoder::known_repository(repository)) {
    return download::parse_repository_id(std::string(*known) +
                                         (at == std::string::npos ? "" : name.substr(at)));
  }
  if (repository.find('/') == std::string::npos) {
    throw UsageError(fmt::format("'{}' is no encoder with a short name", repository),
                     guess(repository) +
                         "'undertone models list --known' shows them; any other is called "
                         "owner/name, as on the hub.");
  }
  return download::parse_repository_id(name);
}

// Refuses an encoder that this version cannot run, before its weights are fetched.
void require_runnable(const std::filesystem::path& config, const std::string& name) {
  std::ifstream file(config, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  encoder::parse_config(text, name + ": config.json");
}

std::string size_text(std::uint64_t bytes) {
  const auto count = static_cast<double>(bytes);
  if (bytes >= 1'000'000'000) return fmt::format("{:.2f} GB", count / 1e9);
  if (bytes >= 1'000'000) return fmt::format("{:.1f} MB", count / 1e6);
  return fmt::format("{:.1f} kB", count / 1e3);
}

std::string summary_text(const std::string& name, const download::PulledModel& model) {
  std::string text =
      fmt::format("{}: {}, {}; in {}\n", printable(name), size_text(model.bytes),
                  model.received == 0 ? std::string("all of it here before and verified")
                                      : fmt::format("{} of it fetched", size_text(model.received)),
                  printable(model.folder.string()));
  if (!model.licences.empty()) {
    text +=
        fmt::format("Licence: {}\n", printable(fmt::format("{}", fmt::join(model.licences, ", "))));
  }
  std::error_code ignored;
  if (std::filesystem::exists(model.folder / "bundle.safetensors", ignored)) {
    return text + fmt::format("Next:\n  undertone predict recording.wav --encoder {}\n", name);
  }
  return text + fmt::format(
                    "Next, as it has no classifier yet:\n"
                    "  undertone extract metadata.csv -o embeddings.npz --encoder {}\n"
                    "  undertone train embeddings.npz -o classifier.safetensors\n",
                    name);
}

// A progress in megabytes; the last one is done only when the last byte is.
class ByteProgress {
 public:
  ByteProgress(std::uint64_t total, std::uint64_t present, Progress::Where where)
      : total_(total), shown_(megabytes(present)), progress_("MB", megabytes(total), where, "MB") {
    progress_.start_at(shown_, 0);
  }

  void advance(std::uint64_t present) {
    const std::size_t now = megabytes(present);
    if (now != shown_) progress_.advance(now);
    shown_ = now;
  }
  void note(const std::string& text) { progress_.note(text); }
  void finish() { progress_.finish(); }

 private:
  std::size_t megabytes(std::uint64_t bytes) const {
    constexpr std::uint64_t kMegabyte = 1'000'000;
    return static_cast<std::size_t>((bytes + (bytes == total_ ? kMegabyte - 1 : 0)) / kMegabyte);
  }

  std::uint64_t total_;
  std::size_t shown_;
  Progress progress_;
};

download::PulledModel pull(const download::RepositoryId& id, const PullOptions& options,
                           const InterruptWatch& watch) {
  std::optional<ByteProgress> progress;
  const auto where = options.quiet ? Progress::Where::kNowhere : Progress::Where::kAnywhere;
  download::PullEvents events;
  events.note = [&](const std::string& text) {
    if (options.quiet) return;
    const std::string line = printable("note: " + text);
    if (progress) {
      progress->note(line);
    } else {
      print_to_stderr(line + '\n');
    }
  };
  events.configured = [&](const std::filesystem::path& config) {
    require_runnable(config, id.repository());
  };
  events.started = [&](std::uint64_t total, std::uint64_t present) {
    progress.emplace(total, present, where);
  };
  events.progress = [&](std::uint64_t present) { progress->advance(present); };
  const download::Settings settings =
      download::settings_from_environment(encoder::hub_cache_folder());
  download::PulledModel model = download::pull_model(id, settings, events, watch.token());
  if (progress) progress->finish();
  return model;
}

int run_pull(const PullOptions& options) {
  const download::RepositoryId id = repository_of(options.name);
  const InterruptWatch watch("what has come is kept");
  try {
    const download::PulledModel model = pull(id, options, watch);
    print(options.quiet ? model.folder.string() + '\n' : summary_text(options.name, model));
    return kDone;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) {
      print_to_stderr("Interrupted: what has come is kept; the same command goes on from there.\n");
      return kInterrupted;
    }
    const bool perhaps_misspelt =
        error.code() == ErrorCode::kModelNotFound || error.code() == ErrorCode::kAccessDenied;
    if (!perhaps_misspelt) throw;
    throw Error(error.code(), error.what(), guess(id.repository()) + error.hint());
  }
}

}  // namespace

void add_models_pull(CLI::App& models, Action& action) {
  const auto options = std::make_shared<PullOptions>();
  CLI::App* const command =
      models.add_subcommand("pull", "Fetch an encoder from the Hugging Face hub");
  command->footer(kExamples);
  command
      ->add_option("name", options->name, "A known encoder's short name, or owner/name[@revision]")
      ->required()
      ->type_name("NAME");
  command->add_flag("-q,--quiet", options->quiet,
                    "No progress and no notes; print the model's folder alone");
  command->callback([options, &action] { action = [options] { return run_pull(*options); }; });
}

}  // namespace undertone::cli

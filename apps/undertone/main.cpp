// The command line: one subcommand a file; see docs/cli.md.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include <undertone/version.hpp>

#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/help_formatter.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone predict clip.wav
  undertone predict recordings/ --jsonl > results.jsonl
  undertone extract metadata.csv -o emb.npz
  undertone evaluate emb.npz
  undertone train emb.npz -o model.safetensors
  undertone predict clip.wav --model model.safetensors

Exit codes: 0 all done; 1 some inputs failed; 2 called wrongly; 3 model or configuration unusable;
130 interrupted. What Undertone hears is how something was said, not what somebody feels.)";

int run(int argc, char** argv) {
  CLI::App app("Undertone: speech to emotion, on the CPU, without a network.", "undertone");
  app.set_version_flag("--version", "undertone " + std::string(version()));
  app.require_subcommand(1);
  app.footer(kExamples);
  app.formatter(std::make_shared<HelpFormatter>());
  Action action;
  add_predict(app, action);
  add_prepare(app, action);
  add_extract(app, action);
  add_train(app, action);
  add_evaluate(app, action);
  add_compare(app, action);
  add_serve(app, action);
  add_models(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return kDone;
  } catch (const CLI::CallForVersion& version_call) {
    print(std::string(version_call.what()) + '\n');
    return kDone;
  } catch (const CLI::ParseError& error) {
    print_to_stderr(printable(error.what()) +
                    "\nRun `undertone --help`, or with a command: "
                    "`undertone predict --help`.\n");
    return kUsage;
  }
  return action();
}

}  // namespace
}  // namespace undertone::cli

int main(int argc, char** argv) {
  undertone::cli::prepare_console();
  return undertone::cli::run_reporting_errors([&] { return undertone::cli::run(argc, argv); });
}

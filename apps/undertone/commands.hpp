// The subcommands: each adds itself to the command line and says what to run if it is chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace undertone::cli {

// Runs the chosen subcommand and returns the exit code.
using Action = std::function<int()>;

// `action` is set when the subcommand is parsed; it must outlive `app`.
void add_predict(CLI::App& app, Action& action);
void add_prepare(CLI::App& app, Action& action);
void add_extract(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_models(CLI::App& app, Action& action);
void add_models_pull(CLI::App& models, Action& action);  // a subcommand of `models`

}  // namespace undertone::cli

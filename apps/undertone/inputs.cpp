#include "undertone/inputs.hpp"

#include <fmt/format.h>
#include <system_error>

#include "dataset/audio_files.hpp"
#include "undertone/command_errors.hpp"

namespace undertone::cli {
namespace {

void add_folder(const std::string& folder, std::vector<Input>& inputs) {
  const dataset::FolderScan scan = dataset::find_audio_files(folder);
  for (const Error& failure : scan.failures) {
    inputs.push_back({.name = folder, .failure = failure});
  }
  for (const auto& file : scan.files) inputs.push_back({.name = file.string(), .path = file});
  if (scan.files.empty() && scan.failures.empty()) {
    inputs.push_back({.name = folder,
                      .failure = Error(ErrorCode::kFileNotFound,
                                       fmt::format("{}: the folder holds no recordings", folder),
                                       fmt::format("Recordings are told by their endings: {}.",
                                                   dataset::audio_extensions_text()))});
  }
}

}  // namespace

InputList expand_inputs(const std::vector<std::string>& arguments) {
  InputList list;
  bool standard_input = false;
  bool folder = false;
  for (const std::string& argument : arguments) {
    std::error_code ignored;
    if (argument == "-") {
      if (standard_input) throw UsageError("standard input ('-') can be read only once");
      standard_input = true;
      list.inputs.push_back({.name = "-", .standard_input = true});
    } else if (std::filesystem::is_directory(argument, ignored)) {
      folder = true;
      add_folder(argument, list.inputs);
    } else {
      list.inputs.push_back({.name = argument, .path = argument});
    }
  }
  list.single = arguments.size() == 1 && !folder;
  return list;
}

}  // namespace undertone::cli

// A folder with a small random model under the default model's name and recordings to try it on,
// made once by the program itself: what the tests of the command line share.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/program.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::test {

using Json = nlohmann::ordered_json;

// Runs `undertone` with the small model as the default one. Throws if the model cannot be made.
ProgramResult undertone(const std::vector<std::string>& arguments, ProgramInput input = {});

// The folder of the small model ("undertone-small" in it) and its training data:
//   clips/clip00.wav ... clip15.wav, even ones low (Sad), odd ones high (Happy)
//   metadata.csv, emb.npz
const std::filesystem::path& playground();

// The path of one of the training clips.
std::string clip(int i);

// The lines of a text, without their ends.
std::vector<std::string> lines(const std::string& text);

}  // namespace undertone::test

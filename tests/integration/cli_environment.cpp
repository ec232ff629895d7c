#include "cli_environment.hpp"

#include <sstream>
#include <stdexcept>

#include "support/paths.hpp"
#include "support/wav.hpp"

namespace undertone::test {
namespace {

class Playground {
 public:
  Playground() {
    std::filesystem::create_directory(folder_ / "clips");
    std::string metadata = "filepath,emotion,speaker_id,sentence_id,corpus\n";
    for (int i = 0; i < 16; ++i) {
      const bool high = i % 2 == 1;
      const std::string name = clip_name(i);
      write_file(folder_ / name,
                 wav(buzz(1.0 + 0.05 * i, (high ? 260 : 110) + 3 * i, static_cast<unsigned>(i))));
      metadata += name + (high ? ",hap,s" : ",sad,s") + std::to_string(i / 4) + ",t,buzz\n";
    }
    write_file(folder_ / "metadata.csv", metadata);
    const std::string model = (folder_ / "undertone-small").string();
    require({"models", "random", "tiny", "-o", model, "--seed", "1"});
    require({"extract", (folder_ / "metadata.csv").string(), "-o", (folder_ / "emb.npz").string()});
    require({"train", (folder_ / "emb.npz").string(), "-o", model + "/bundle.safetensors",
             "--licence", "test licence"});
  }

  static std::string clip_name(int i) {
    return std::string("clips/clip") + (i < 10 ? "0" : "") + std::to_string(i) + ".wav";
  }

  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  void require(const std::vector<std::string>& arguments) const {
    const ProgramResult result = run_program(
        UNDERTONE_PROGRAM, arguments, {.environment = {{"UNDERTONE_MODELS", path().string()}}});
    if (result.exit_code != 0) {
      throw std::runtime_error("undertone " + arguments[0] + " failed: " + result.err);
    }
  }

  TemporaryFolder folder_;
};

}  // namespace

const std::filesystem::path& playground() {
  static const Playground made;
  return made.path();
}

ProgramResult undertone(const std::vector<std::string>& arguments, ProgramInput input) {
  input.environment.emplace("UNDERTONE_MODELS", playground().string());
  return run_program(UNDERTONE_PROGRAM, arguments, input);
}

std::string clip(int i) { return (playground() / Playground::clip_name(i)).string(); }

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) result.push_back(line);
  return result;
}

}  // namespace undertone::test

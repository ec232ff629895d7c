// A packed encoder: whatever the bytes of its file, it loads and computes or throws
// undertone::Error.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"
#include "encoder/config.hpp"
#include "encoder/packing.hpp"
#include "encoder/speech_encoder.hpp"

namespace {

using namespace undertone;

// As small as encoders can be, so that seeds are small.
encoder::EncoderConfig smallest() {
  encoder::EncoderConfig config;
  config.conv_layers = {{4, 10, 5}, {4, 4, 4}};
  config.conv_norm = encoder::ConvNorm::kLayer;
  config.position_kernel = 4;
  config.position_groups = 2;
  config.hidden_size = 8;
  config.layers = 1;
  config.heads = 2;
  config.feed_forward_size = 8;
  config.pre_norm = true;
  return config;
}

// A folder with a configuration, and the file in memory that is read as its weights.
class Folder {
 public:
  Folder() : descriptor_(memfd_create("packed", MFD_CLOEXEC)) {
    std::string name = (std::filesystem::temp_directory_path() / "undertone-fuzz-XXXXXX").string();
    if (descriptor_ < 0 || mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
    AtomicFile config(path_ / "config.json");
    config.write(encoder::config_json(smallest()));
    config.commit();
    std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(descriptor_),
                                    path_ / encoder::kPackedFile);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    close(descriptor_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void set(const std::uint8_t* data, std::size_t size) {
    if (ftruncate(descriptor_, 0) != 0) std::abort();
    for (std::size_t done = 0; done < size;) {
      const auto written = pwrite(descriptor_, data + done, size - done, static_cast<off_t>(done));
      if (written <= 0) std::abort();
      done += static_cast<std::size_t>(written);
    }
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  int descriptor_;
  std::filesystem::path path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Folder folder;
  static ThreadPool pool(1);
  static encoder::Workspace workspace;
  folder.set(data, size);
  try {
    const std::vector<float> waveform(400, 0.25F);
    for (const auto isa : {encoder::InstructionSet::kBaseline, encoder::usable_instruction_set()}) {
      const auto loaded = encoder::SpeechEncoder::load(
          folder.path(), {.instruction_set = isa, .backend = encoder::ProductBackend::kNative},
          pool);
      loaded->encode(waveform, loaded->last_layer(), workspace);
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();
  }
  return 0;
}

// The bundle loader: whatever the bytes, it loads or throws undertone::Error, and what loads
// predicts probabilities.

#include "classifier/bundle.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <undertone/error.hpp>

namespace {

// A file without a disk: the loader maps files and takes a path.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size)
      : descriptor_(memfd_create("bundle", MFD_CLOEXEC)) {
    if (descriptor_ < 0) std::abort();
    while (size > 0) {
      const auto written = write(descriptor_, data, size);
      if (written <= 0) std::abort();
      data += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

void require_probabilities(const undertone::classifier::EmotionClassifier& classifier,
                           float value) {
  const auto prediction = classifier.predict(std::vector<float>(classifier.features(), value));
  double sum = 0;
  for (const double p : prediction.probabilities) {
    if (!(p >= 0 && p <= 1 + 1e-9)) std::abort();
    sum += p;
  }
  if (!(std::abs(sum - 1) < 1e-6)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  try {
    const auto bundle = undertone::classifier::load_bundle(file.path());
    for (const float value : {0.0F, 1.0F, -1e30F, std::numeric_limits<float>::quiet_NaN()}) {
      require_probabilities(bundle.classifier, value);
    }
  } catch (const undertone::Error& error) {
    if (error.code() == undertone::ErrorCode::kInternal) std::abort();
  }
  return 0;
}

#include "encoder/packed_checkpoint.hpp"

#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"
#include "encoder/checkpoint_weights.hpp"
#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/strip_kernels.hpp"
#include "encoder/packing.hpp"
#include "encoder/speech_encoder.hpp"
#include "tensor/mapped_file.hpp"
#include "tensor/safetensors_stream.hpp"

namespace undertone::encoder {
namespace {

namespace fs = std::filesystem;

using tensor::DType;
using tensor::TensorInfo;

// Files of the source that are copied, those that are there; config.json last.
constexpr std::array kCopied{"preprocessor_config.json", "bundle.safetensors", "config.json"};

// The tensors of a packed file: what is known of them, and where their bytes are.
class FileTensors {
 public:
  template <class T>
  void add(std::string name, DType dtype, std::vector<std::uint64_t> shape,
           std::span<const T> values) {
    infos_.push_back({name, dtype, std::move(shape)});
    bytes_[std::move(name)] = std::as_bytes(values);
  }

  void add(const PackedParts::Matrix& matrix) {
    const PackedPanels& panels = *matrix.panels;
    const Precision precision = panels.precision();
    add(matrix.name + std::string(kPanelsEnding), panel_type(precision),
        {(panels.n() + kPanelWidth - 1) / kPanelWidth, lanes_of(panels.k(), precision),
         kPanelWidth * values_per_lane(precision)},
        panels.panels());
    add(matrix.name + std::string(kBiasEnding), DType::kF32, {panels.n()},
        std::span<const float>(matrix.bias));
    if (precision != Precision::kInt8) return;
    add(matrix.name + std::string(kScalesEnding), DType::kF32, {panels.n()}, panels.scales());
    add(matrix.name + std::string(kSumsEnding), DType::kI32, {panels.n()}, panels.sums());
  }

  bool has(const std::string& name) const { return bytes_.contains(name); }

  void write(const fs::path& path, const std::map<std::string, std::string>& metadata) const {
    tensor::SafetensorsStream stream(path, infos_, metadata, tensor::FileOrder::kAligned);
    for (const TensorInfo& info : stream.tensors()) stream.write(bytes_.at(info.name));
    stream.commit();
  }

 private:
  std::vector<TensorInfo> infos_;
  std::map<std::string, std::span<const std::byte>> bytes_;
};

void require_free(const fs::path& folder, const fs::path& output, bool overwrite) {
  std::error_code ignored;
  if (fs::equivalent(folder, output, ignored)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} is the encoder's own folder", output.string()),
                "Name another folder to write.");
  }
  std::vector<std::string_view> names(kCopied.begin(), kCopied.end());
  names.push_back(kPackedFile);
  for (const std::string_view name : names) {
    if (!overwrite && fs::exists(output / name)) {
      throw Error(ErrorCode::kOutputExists,
                  fmt::format("{} exists already", (output / name).string()),
                  "Choose another folder, or allow it to be overwritten.");
    }
  }
}

void write_copy(const fs::path& from, const fs::path& to) {
  const tensor::MappedFile source(from);
  AtomicFile file(to);
  file.write(source.bytes());
  file.commit();
}

// Whatever the checkpoint's type, as floats: F16 and BF16 widen exactly.
void carry_along(const fs::path& folder, const PackOptions& options, FileTensors& tensors,
                 std::vector<std::vector<float>>& carried) {
  if (!options.carry) return;
  const auto archive = tensor::open_archive(checkpoint_file(folder));
  for (const TensorInfo& info : archive->tensors()) {
    if (!options.carry(info.name) || tensors.has(info.name)) continue;
    std::vector<float>& values = carried.emplace_back(info.element_count());
    archive->read_floats(info, values);
    tensors.add(info.name, DType::kF32, info.shape, std::span<const float>(values));
  }
}

}  // namespace

void write_packed_checkpoint(const fs::path& folder, const fs::path& output,
                             const PackOptions& options, ThreadPool& pool) {
  if (packing_in(folder)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is packed already", folder.string()),
                "Name the encoder that it was made from.");
  }
  require_free(folder, output, options.overwrite);
  PackedParts parts;
  LoadOptions load;
  load.instruction_set = options.instruction_set;
  load.backend = ProductBackend::kNative;
  load.precision = options.precision;
  load.parts = &parts;
  const auto encoder = SpeechEncoder::load(folder, load, pool);

  FileTensors tensors;
  for (const PackedParts::Matrix& matrix : parts.matrices()) tensors.add(matrix);
  for (const PackedParts::Tensor& part : parts.tensors()) {
    tensors.add(part.name, DType::kF32, part.shape, std::span<const float>(part.values));
  }
  std::vector<std::vector<float>> carried;
  carry_along(folder, options, tensors, carried);
  std::map<std::string, std::string> metadata{
      {kLayoutKey, std::to_string(kPanelLayout)},
      {kPrecisionKey, std::string(to_string(options.precision))},
      {kDigestsKey, parts.digests}};
  if (!parts.doubt.empty()) metadata[kDoubtKey] = parts.doubt;

  std::error_code error;
  fs::create_directories(output, error);
  if (error) {
    throw Error(ErrorCode::kFileUnwritable,
                fmt::format("cannot create the folder {}: {}", output.string(), error.message()));
  }
  tensors.write(output / kPackedFile, metadata);
  for (const char* name : kCopied) {
    if (fs::exists(folder / name)) write_copy(folder / name, output / name);
  }
}

}  // namespace undertone::encoder

#include "tensor/torch_checkpoint.hpp"

#include <fmt/core.h>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <undertone/error.hpp>

#include "tensor/archive_lookup.hpp"
#include "tensor/elements.hpp"
#include "tensor/mapped_file.hpp"
#include "tensor/pickle.hpp"
#include "tensor/printable.hpp"
#include "tensor/state_dict.hpp"
#include "tensor/zip_reader.hpp"

namespace undertone::tensor {
namespace {

constexpr std::size_t kMaxTensors = 200'000;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A tensor's place in the archive.
struct View {
  std::span<const std::byte> storage;
  std::uint64_t offset = 0;  // in elements, as the strides
  std::vector<std::uint64_t> strides;
};

// Everything in the archive stands in one folder, whose name is of no meaning. Returns it, with
// the slash, or "".
std::string find_folder(const ZipReader& zip, std::string_view name) {
  constexpr std::string_view kPickle = "data.pkl";
  std::optional<std::string> folder;
  for (const ZipEntry& entry : zip.entries()) {
    const std::string_view path = entry.name;
    if (!path.ends_with(kPickle)) continue;
    const std::string_view parent = path.substr(0, path.size() - kPickle.size());
    if (!parent.empty() && parent.find('/') != parent.size() - 1) continue;
    if (folder) {
      throw Error(ErrorCode::kModelCorrupt, fmt::format("{}: has more than one data.pkl", name));
    }
    folder = parent;
  }
  if (!folder) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: a zip archive without data.pkl, not a PyTorch checkpoint", name),
                "Give the file that torch.save() wrote, not an archive around it.");
  }
  return *folder;
}

void refuse_torch_script(const ZipReader& zip, const std::string& folder, std::string_view name) {
  for (const ZipEntry& entry : zip.entries()) {
    const std::string_view path = entry.name;
    if (path == folder + "constants.pkl" || path.starts_with(folder + "code/")) {
      throw Error(ErrorCode::kModelUnsupported,
                  fmt::format("{}: a TorchScript program, not a checkpoint of weights", name),
                  "Load it with torch.jit.load() and save its state_dict().");
    }
  }
}

void require_little_endian(ZipReader& zip, const std::string& folder, std::string_view name) {
  const ZipEntry* const entry = zip.find(folder + "byteorder");
  if (entry == nullptr) return;  // written since torch 2.0 only
  constexpr std::string_view kLittle = "little";
  if (text_of(zip.locate(*entry)) == kLittle) return;
  throw Error(ErrorCode::kModelUnsupported,
              fmt::format("{}: its byte order is not little-endian", name),
              "Load it and save it again on an ordinary (little-endian) machine.");
}

}  // namespace

struct TorchCheckpoint::Impl {
  explicit Impl(const std::filesystem::path& path)
      : file(std::in_place, path), bytes(file->bytes()), name(path) {
    open();
  }
  Impl(std::span<const std::byte> content, const std::filesystem::path& path)
      : bytes(content), name(path) {
    open();
  }

  void open() {
    const std::string text_name = name.string();
    ZipReader zip(bytes, text_name, ErrorCode::kModelCorrupt);
    const std::string folder = find_folder(zip, text_name);
    refuse_torch_script(zip, folder, text_name);
    require_little_endian(zip, folder, text_name);
    const pickle::Program program =
        pickle::run(zip.locate(*zip.find(folder + "data.pkl")), text_name);
    const auto state_dict = find_state_dict(program, text_name);
    if (state_dict.size() > kMaxTensors) {
      throw Error(ErrorCode::kModelCorrupt, fmt::format("{}: {} tensors; at most {} are read",
                                                        text_name, state_dict.size(), kMaxTensors));
    }
    std::map<std::string_view, std::span<const std::byte>> located;
    for (const auto& [tensor_name, tensor] : state_dict) {  // a map: the names come sorted
      const pickle::Storage& storage = *tensor->storage;
      auto [place, is_new] = located.try_emplace(storage.key);
      if (is_new) place->second = locate(zip, folder, storage.key);
      if (place->second.size() != storage.size * size_of(storage.dtype)) {
        throw Error(ErrorCode::kModelCorrupt,
                    fmt::format("{}: tensor '{}' needs a storage '{}' of {} bytes, the file's has "
                                "{}",
                                text_name, printable(tensor_name), printable(storage.key),
                                storage.size * size_of(storage.dtype), place->second.size()));
      }
      infos.push_back({tensor_name, storage.dtype, tensor->shape});
      views.push_back({place->second, tensor->offset, tensor->strides});
    }
  }

  std::span<const std::byte> locate(ZipReader& zip, const std::string& folder,
                                    const std::string& key) const {
    const ZipEntry* const entry = zip.find(folder + "data/" + key);
    if (entry == nullptr) {
      throw Error(ErrorCode::kModelCorrupt,
                  fmt::format("{}: the storage data/{} is missing", name.string(), printable(key)));
    }
    return zip.locate(*entry);
  }

  template <class T>
  void read(const TorchCheckpoint& archive, const TensorInfo& tensor, std::span<T> out) const {
    const std::size_t i = index_of(archive, tensor);
    const TensorInfo& info = infos[i];
    require_size(archive, info, out.size());
    const View& view = views[i];
    gather_elements(info.dtype, view.storage, view.offset, info.shape, view.strides, out);
    // What was just copied need not be in memory twice.
    if (file) file->release(view.storage);
  }

  std::optional<MappedFile> file;
  std::span<const std::byte> bytes;
  std::filesystem::path name;
  std::vector<TensorInfo> infos;  // sorted by name
  std::vector<View> views;        // one per tensor
};

TorchCheckpoint::TorchCheckpoint(const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>(path)) {}
TorchCheckpoint::TorchCheckpoint(std::span<const std::byte> bytes,
                                 const std::filesystem::path& name)
    : impl_(std::make_unique<Impl>(bytes, name)) {}
TorchCheckpoint::~TorchCheckpoint() = default;

std::span<const TensorInfo> TorchCheckpoint::tensors() const { return impl_->infos; }

void TorchCheckpoint::read_floats(const TensorInfo& tensor, std::span<float> out) const {
  impl_->read(*this, tensor, out);
}

void TorchCheckpoint::read_doubles(const TensorInfo& tensor, std::span<double> out) const {
  impl_->read(*this, tensor, out);
}

const std::filesystem::path& TorchCheckpoint::path() const { return impl_->name; }

}  // namespace undertone::tensor

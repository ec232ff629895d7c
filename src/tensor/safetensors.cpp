#include "tensor/safetensors.hpp"

#include <cstdint>
#include <utility>

#include "tensor/archive_lookup.hpp"
#include "tensor/elements.hpp"
#include "tensor/mapped_file.hpp"
#include "tensor/safetensors_header.hpp"

namespace undertone::tensor {

struct SafetensorsFile::Impl {
  explicit Impl(const std::filesystem::path& path)
      : file(path), header(parse_safetensors_header(file.bytes(), path.string())) {}

  template <class T>
  void read(const SafetensorsFile& archive, const TensorInfo& tensor, std::span<T> out) const {
    const std::size_t i = index_of(archive, tensor);
    require_size(archive, header.tensors[i], out.size());
    convert_elements(header.tensors[i].dtype, bytes(i), out);
    // What was just copied need not be in memory twice.
    file.release(bytes(i));
  }

  std::span<const std::byte> bytes(std::size_t i) const {
    return file.bytes().subspan(header.extents[i].offset, header.extents[i].size);
  }

  MappedFile file;
  SafetensorsHeader header;
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>(path)) {}
SafetensorsFile::~SafetensorsFile() = default;

std::span<const TensorInfo> SafetensorsFile::tensors() const { return impl_->header.tensors; }

void SafetensorsFile::read_floats(const TensorInfo& tensor, std::span<float> out) const {
  impl_->read(*this, tensor, out);
}

void SafetensorsFile::read_doubles(const TensorInfo& tensor, std::span<double> out) const {
  impl_->read(*this, tensor, out);
}

std::span<const float> SafetensorsFile::mapped_floats(const TensorInfo& tensor) const {
  const std::size_t i = index_of(*this, tensor);
  const std::span<const std::byte> bytes = impl_->bytes(i);
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) == 0;
  if (impl_->header.tensors[i].dtype != DType::kF32 || !aligned) return {};
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

const std::filesystem::path& SafetensorsFile::path() const { return impl_->file.path(); }

const std::map<std::string, std::string>& SafetensorsFile::metadata() const {
  return impl_->header.metadata;
}

std::span<const std::byte> SafetensorsFile::bytes(const TensorInfo& tensor) const {
  return impl_->bytes(index_of(*this, tensor));
}

void SafetensorsFile::release(const TensorInfo& /*tensor*/, std::span<const std::byte> part) const {
  impl_->file.release(part);
}

}  // namespace undertone::tensor

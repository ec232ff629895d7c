#include "tensor/mapped_file.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <undertone/error.hpp>

#include "common/descriptor.hpp"
#include "common/file_checks.hpp"

namespace undertone::tensor {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* reason) {
  throw Error(ErrorCode::kFileUnreadable, path.string() + ": " + reason);
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path) : path_(std::move(path)) {
  require_regular_file(path_);
  const Descriptor file(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail(path_, std::strerror(errno));
  struct stat status {};
  if (fstat(file.get(), &status) != 0) fail(path_, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(path_, "is not a regular file");
  if (status.st_size == 0) return;  // an empty mapping is an error to the system, not to us
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) fail(path_, std::strerror(errno));
  bytes_ = {static_cast<const std::byte*>(data), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::release(std::span<const std::byte> part) const noexcept {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  if (part.empty()) return;
  const auto first = reinterpret_cast<std::uintptr_t>(part.data()) / page * page;
  const auto last = reinterpret_cast<std::uintptr_t>(part.data() + part.size());
  madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace undertone::tensor

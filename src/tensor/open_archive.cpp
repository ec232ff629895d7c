#include "tensor/open_archive.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <fmt/core.h>
#include <optional>
#include <string>
#include <string_view>

#include <undertone/error.hpp>

#include "tensor/mapped_file.hpp"
#include "tensor/safetensors.hpp"
#include "tensor/sharded_archive.hpp"
#include "tensor/torch_checkpoint.hpp"

namespace undertone::tensor {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kHint =
    "A checkpoint is a .safetensors file, a pytorch_model.bin written by PyTorch 1.6 or later, or "
    "the .index.json of either.";

std::string_view head_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 512)};
}

std::string_view without_leading_space(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

bool begins_without_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

// Behind eight bytes of length a safetensors file opens its JSON.
bool is_safetensors(std::string_view head) {
  return head.size() > 8 && head[8] == '{' && head[0] != '{';
}

// The number that torch.save() wrote first before PyTorch 1.6, as a pickled long.
constexpr std::string_view kLegacyTorch =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"sv;

struct Signature {
  std::string_view begins;
  std::string_view what;
};

constexpr std::array kForeign = {
    Signature{"\x89HDF\r\n\x1a\n"sv, "an HDF5 file"},
    Signature{"GGUF"sv, "a GGUF file"},
    Signature{"\x1f\x8b"sv, "a gzip file"},
    Signature{"\x93NUMPY"sv, "a NumPy array"},
    Signature{"RIFF"sv, "a RIFF (WAV) file"},
    Signature{"fLaC"sv, "a FLAC file"},
    Signature{"ID3"sv, "an MP3 file"},
    Signature{"OggS"sv, "an Ogg file"},
    Signature{"\x7f\x45LF"sv, "a program"},
    Signature{"\x80\x02"sv, "a bare Python pickle"},
    Signature{"\x80\x03"sv, "a bare Python pickle"},
    Signature{"\x80\x04"sv, "a bare Python pickle"},
    Signature{"\x80\x05"sv, "a bare Python pickle"},
};

bool is_text(std::string_view head) {
  return std::none_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f';
  });
}

// What a file that is no checkpoint seems to be, or nullopt.
std::optional<std::string> describe(std::string_view head) {
  if (head.empty()) return "the file is empty";
  for (const Signature& signature : kForeign) {
    if (head.starts_with(signature.begins)) return fmt::format("found {}", signature.what);
  }
  const std::string_view text = without_leading_space(head);
  if (begins_without_case(text, "<!doctype html") || begins_without_case(text, "<html")) {
    return "found an HTML page, not a checkpoint: the download was probably answered by a web page";
  }
  if (is_text(head)) return "found a text file";
  return std::nullopt;
}

std::unique_ptr<TensorArchive> open(const std::filesystem::path& path, bool allow_index) {
  std::optional<MappedFile> file(path);
  const std::string_view head = head_of(file->bytes());
  if (is_safetensors(head)) return std::make_unique<SafetensorsFile>(path);
  if (without_leading_space(head).starts_with('{')) {
    if (allow_index) return std::make_unique<ShardedArchive>(path, file->bytes());
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("{}: a shard cannot be an index itself", path.string()));
  }
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) {
    return std::make_unique<TorchCheckpoint>(path);
  }
  if (head.starts_with(kLegacyTorch)) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: written in PyTorch's old format (before 1.6)", path.string()),
                "Load it with torch.load() and write it again with torch.save() or safetensors, on "
                "a machine where you trust the file.");
  }
  const auto description = describe(head);
  // A damaged file that its name alone makes a safetensors file: the parser says best what is
  // wrong.
  if (!description && path.extension() == ".safetensors") {
    return std::make_unique<SafetensorsFile>(path);
  }
  throw Error(ErrorCode::kModelUnsupported,
              fmt::format("{}: not a checkpoint: {}", path.string(),
                          description.value_or("found data of an unknown kind")),
              std::string(kHint));
}

}  // namespace

std::unique_ptr<TensorArchive> open_archive(const std::filesystem::path& path) {
  return open(path, true);
}

std::unique_ptr<TensorArchive> open_single_archive(const std::filesystem::path& path) {
  return open(path, false);
}

}  // namespace undertone::tensor

#include "audio/data_chunk.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

namespace undertone::audio {
namespace {

// Reads numbers in order; skips by seeking where the source allows it.
class HeaderCursor {
 public:
  HeaderCursor(ByteSource& source, std::uint64_t limit) : source_(source), limit_(limit) {
    source_.seek(0);
  }

  // False at the end of the source or of what may be looked at.
  bool read(std::span<std::byte> out) {
    while (!out.empty()) {
      if (position_ >= limit_) return false;
      const std::size_t count = source_.read(out);
      if (count == 0) return false;
      position_ += count;
      out = out.subspan(count);
    }
    return true;
  }

  bool skip(std::uint64_t count) {
    if (count > limit_ || position_ > limit_ - count) return false;
    if (source_.size()) {
      position_ += count;
      source_.seek(position_);
      return true;
    }
    std::array<std::byte, 4096> discarded;
    while (count > 0) {
      const std::size_t piece = std::min<std::uint64_t>(count, discarded.size());
      if (!read(std::span(discarded).first(piece))) return false;
      count -= piece;
    }
    return true;
  }

 private:
  ByteSource& source_;
  std::uint64_t limit_;
  std::uint64_t position_ = 0;
};

std::uint64_t number(std::span<const std::byte> bytes, std::endian order) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::byte byte = bytes[order == std::endian::big ? i : bytes.size() - 1 - i];
    value = value << 8 | std::to_integer<std::uint64_t>(byte);
  }
  return value;
}

bool has_tag(std::span<const std::byte> bytes, std::string_view tag) {
  return std::memcmp(bytes.data(), tag.data(), tag.size()) == 0;
}

// RIFF: 4-byte tag, 4-byte size of what follows, padded to even. RF64 and BW64 (EBU Tech 3306,
// ITU-R BS.2088) state the data size in a 'ds64' chunk instead.
std::optional<std::uint64_t> in_riff(HeaderCursor& cursor) {
  std::array<std::byte, 12> riff;
  if (!cursor.read(riff)) return std::nullopt;
  const auto order = has_tag(riff, "RIFX") ? std::endian::big : std::endian::little;
  const bool is_64_bit = has_tag(riff, "RF64") || has_tag(riff, "BW64");
  std::optional<std::uint64_t> size_64;
  std::array<std::byte, 8> chunk;
  while (cursor.read(chunk)) {
    std::uint64_t size = number(std::span(chunk).last(4), order);
    if (has_tag(chunk, "data")) return is_64_bit ? size_64 : size;
    if (is_64_bit && has_tag(chunk, "ds64") && size >= 16) {
      std::array<std::byte, 16> sizes;  // of the file, of the data
      if (!cursor.read(sizes)) return std::nullopt;
      size_64 = number(std::span(sizes).last(8), order);
      size -= sizes.size();
    }
    if (!cursor.skip(size + size % 2)) break;
  }
  return std::nullopt;
}

// Sony Wave64: 16-byte GUIDs that begin with the RIFF tag in lower case, 8-byte sizes that count
// the 24 bytes of the chunk's header, padding to 8.
std::optional<std::uint64_t> in_wave64(HeaderCursor& cursor) {
  constexpr std::uint64_t kHeader = 24;
  if (!cursor.skip(40)) return std::nullopt;  // the riff header and the wave GUID
  std::array<std::byte, kHeader> chunk;
  while (cursor.read(chunk)) {
    const std::uint64_t size = number(std::span(chunk).last(8), std::endian::little);
    if (size < kHeader) return std::nullopt;
    if (has_tag(chunk, "data")) return size - kHeader;
    const std::uint64_t padding = (8 - size % 8) % 8;
    if (!cursor.skip(size - kHeader) || !cursor.skip(padding)) break;
  }
  return std::nullopt;
}

// Core Audio Format: 4-byte type, 8-byte size; the data begin with a 4-byte edit count. A size of
// -1 leaves the length open.
std::optional<std::uint64_t> in_caf(HeaderCursor& cursor) {
  constexpr std::uint64_t kEditCount = 4;
  if (!cursor.skip(8)) return std::nullopt;
  std::array<std::byte, 12> chunk;
  while (cursor.read(chunk)) {
    const std::uint64_t size = number(std::span(chunk).last(8), std::endian::big);
    if (has_tag(chunk, "data")) {
      if (size < kEditCount || size == ~std::uint64_t{0}) return std::nullopt;
      return size - kEditCount;
    }
    if (!cursor.skip(size)) break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> declared_data_bytes(ByteSource& source, std::string_view demuxer,
                                                 std::uint64_t limit) {
  HeaderCursor cursor(source, limit);
  std::optional<std::uint64_t> size;
  if (demuxer == "wav") {
    size = in_riff(cursor);
    // Programs that write to a pipe cannot come back to fill in the size. They leave zero or the
    // largest one they know: FFmpeg 2^32 - 1, arecord 2^31, SoX 0x7FFFF000.
    if (size && (*size == 0 || (*size >= 0x7FFF0000 && *size <= 0xFFFFFFFF))) size.reset();
  } else if (demuxer == "w64") {
    size = in_wave64(cursor);
    if (size && (*size == 0 || *size >= std::uint64_t{1} << 62)) size.reset();
  } else if (demuxer == "caf") {
    size = in_caf(cursor);
  }
  source.seek(0);
  return size;
}

}  // namespace undertone::audio

// The bytes of an extraction's journal.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

#include <undertone/error.hpp>

#include "common/sha256.hpp"
#include "pipeline/extraction_journal.hpp"

namespace undertone::pipeline {
namespace {

constexpr std::string_view kMagic = "undertone-journal-1\n";
constexpr std::string_view kMagicOfAnyVersion = "undertone-journal-";
constexpr std::size_t kChecksum = 16;
constexpr std::size_t kFrame = sizeof(std::uint32_t) + kChecksum;  // before each payload
constexpr std::uint32_t kMostHeader = 1 << 20;
constexpr std::uint64_t kMostValues = std::uint64_t{1} << 28;
constexpr std::uint64_t kMostRecordings = std::uint64_t{1} << 28;
constexpr std::size_t kRecordHead = 40;

// What a payload's length and bytes give: half of a SHA-256's digits are plenty against accidents.
std::string checksum_of(std::uint32_t length, std::span<const std::byte> payload) {
  Sha256 sha;
  sha.update(std::as_bytes(std::span(&length, 1)));
  sha.update(payload);
  return sha.hex_digest().substr(0, kChecksum);
}

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& bytes, std::string_view text) {
  put(bytes, static_cast<std::uint32_t>(text.size()));
  bytes += text;
}

std::string framed(const std::string& payload) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  std::string bytes;
  put(bytes, length);
  bytes += checksum_of(length, std::as_bytes(std::span(payload)));
  return bytes + payload;
}

// Takes values from the front of bytes that may end too early.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t left() const { return bytes_.size(); }

  std::optional<std::span<const std::byte>> take_bytes(std::size_t count) {
    if (count > bytes_.size()) return std::nullopt;
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }

  template <class T>
  bool take(T& value) {
    const auto taken = take_bytes(sizeof(T));
    if (taken) std::memcpy(&value, taken->data(), sizeof(T));
    return taken.has_value();
  }

  bool take_text(std::string& text) {
    std::uint32_t length = 0;
    if (!take(length)) return false;
    const auto taken = take_bytes(length);
    if (taken) text.assign(reinterpret_cast<const char*>(taken->data()), taken->size());
    return taken.has_value();
  }

 private:
  std::span<const std::byte> bytes_;
};

// As many bytes as `magic` has, or all there are.
std::string_view beginning(std::span<const std::byte> bytes, std::string_view magic) {
  return {reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), magic.size())};
}

struct Framed {
  std::uint32_t length = 0;
  std::string_view checksum;
  std::span<const std::byte> payload;

  bool whole() const { return checksum_of(length, payload) == checksum; }
};

// Nothing if the bytes end within it, or it claims more than `most`.
std::optional<Framed> take_framed(Cursor& cursor, std::uint64_t most) {
  Framed framed;
  if (!cursor.take(framed.length) || framed.length > most) return std::nullopt;
  const auto checksum = cursor.take_bytes(kChecksum);
  const auto payload = cursor.take_bytes(framed.length);
  if (!checksum || !payload) return std::nullopt;
  framed.checksum = {reinterpret_cast<const char*>(checksum->data()), checksum->size()};
  framed.payload = *payload;
  return framed;
}

bool parse_job(std::span<const std::byte> payload, ExtractionJob& job) {
  Cursor cursor(payload);
  if (!cursor.take(job.recordings) || !cursor.take(job.values)) return false;
  if (job.recordings > kMostRecordings || job.values > kMostValues) return false;
  while (cursor.left() != 0) {
    auto& [name, value] = job.facts.emplace_back();
    if (!cursor.take_text(name) || !cursor.take_text(value)) return false;
  }
  return true;
}

bool parse_record(std::span<const std::byte> payload, std::uint64_t payload_at,
                  const ExtractionJob& job, JournalEntry& entry) {
  Cursor cursor(payload);
  std::uint64_t failed = 0;
  if (!cursor.take(entry.index) || !cursor.take(entry.file.size) ||
      !cursor.take(entry.file.modified_ns) || !cursor.take(entry.duration_s) ||
      !cursor.take(failed)) {
    return false;
  }
  if (entry.index >= job.recordings || failed > 1) return false;
  if (!(entry.duration_s >= 0 && std::isfinite(entry.duration_s))) return false;
  if (failed == 1) {
    if (cursor.left() == 0 || cursor.left() > kMostReason) return false;
    const auto text = *cursor.take_bytes(cursor.left());
    entry.reason.assign(reinterpret_cast<const char*>(text.data()), text.size());
    return true;
  }
  if (cursor.left() != job.values * sizeof(float)) return false;
  entry.values_at = payload_at + kRecordHead;
  for (float value = 0; cursor.take(value);) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

}  // namespace

std::string journal_header(const ExtractionJob& job) {
  std::string payload;
  put(payload, job.recordings);
  put(payload, job.values);
  for (const auto& [name, value] : job.facts) {
    put_text(payload, name);
    put_text(payload, value);
  }
  if (payload.size() > kMostHeader || job.recordings > kMostRecordings ||
      job.values > kMostValues) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} recordings with {} values each are more than an extraction takes",
                            job.recordings, job.values));
  }
  return std::string(kMagic) + framed(payload);
}

std::string journal_record(const JournalRecord& record) {
  if (record.reason.size() > kMostReason) {
    throw Error(ErrorCode::kInternal, "a reason is too long for an extraction's journal");
  }
  std::string payload;
  payload.reserve(kRecordHead + record.values.size() * sizeof(float) + record.reason.size());
  put(payload, record.index);
  put(payload, record.file.size);
  put(payload, record.file.modified_ns);
  put(payload, record.duration_s);
  put(payload, static_cast<std::uint64_t>(record.reason.empty() ? 0 : 1));
  if (record.reason.empty()) {
    const auto values = std::as_bytes(std::span(record.values));
    payload.append(reinterpret_cast<const char*>(values.data()), values.size());
  } else {
    payload += record.reason;
  }
  return framed(payload);
}

void require_journal(std::span<const std::byte> bytes, std::string_view name) {
  const std::string_view text = beginning(bytes, kMagicOfAnyVersion);
  if (text == kMagicOfAnyVersion.substr(0, text.size())) return;
  throw Error(ErrorCode::kDataInvalid, fmt::format("{}: is not the journal of an extraction", name),
              "It stands where the journal belongs: move it away, or choose another output.");
}

std::optional<JournalContents> parse_journal(std::span<const std::byte> bytes,
                                             std::string_view name) {
  const auto refuse = [name](const char* what, const char* hint) {
    throw Error(ErrorCode::kDataInvalid, fmt::format("{}: {}", name, what), hint);
  };
  require_journal(bytes, name);
  const std::string_view text = beginning(bytes, kMagic);
  if (text != kMagic.substr(0, text.size())) {
    refuse("is the journal of another version of Undertone",
           "Go on with that version, or throw the journal away with --restart.");
  }
  Cursor cursor(bytes.subspan(text.size()));
  std::uint32_t length = 0;
  if (Cursor(cursor).take(length) && length > kMostHeader) {
    refuse("its header is damaged", "Throw it away with --restart.");
  }
  const auto header = take_framed(cursor, kMostHeader);
  if (!header) return std::nullopt;
  JournalContents contents;
  if (!header->whole() || !parse_job(header->payload, contents.job)) {
    refuse("its header is damaged", "Throw it away with --restart.");
  }
  contents.valid_bytes = bytes.size() - cursor.left();
  const std::uint64_t most =
      kRecordHead + std::max<std::uint64_t>(kMostReason, contents.job.values * sizeof(float));
  while (const auto record = take_framed(cursor, most)) {
    JournalEntry entry;
    if (!record->whole() ||
        !parse_record(record->payload, contents.valid_bytes + kFrame, contents.job, entry)) {
      break;
    }
    contents.entries.push_back(std::move(entry));
    contents.valid_bytes = bytes.size() - cursor.left();
  }
  return contents;
}

}  // namespace undertone::pipeline

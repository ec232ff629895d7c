// The archive around the pickle: damaged, hostile, or not a checkpoint.

#include "tensor/torch_checkpoint.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "unit/tensor/golden_files.hpp"
#include "unit/tensor/zip_files.hpp"

namespace undertone::tensor {
namespace {

using namespace std::string_literals;
using Entries = std::vector<std::pair<std::string, std::string>>;
using test::zip_of;

// {"w": a tensor of two floats}
const std::string kPickle =
    "\x80\x02}\x8c\x01wctorch._utils\n_rebuild_tensor_v2\n((\x8c\x07storagectorch\nFloatStorage\n"
    "\x8c\x01"
    "0\x8c\x03"s
    "cpuK\x02tQK\x00K\x02\x85K\x01\x85\x89}tRs."s;

const std::string kTwoFloats("\0\0\x80\x3f\0\0\0\xc0", 8);  // 1, -2

Entries whole() { return {{"m/data.pkl", kPickle}, {"m/data/0", kTwoFloats}}; }

void expect_refused(const std::string& archive, ErrorCode code, const char* message) {
  const auto open = [&] { TorchCheckpoint(std::as_bytes(std::span(archive)), "test.bin"); };
  EXPECT_UNDERTONE_ERROR(open(), code, message);
  EXPECT_UNDERTONE_ERROR(open(), code, "test.bin: ");
}

constexpr auto kCorrupt = ErrorCode::kModelCorrupt;
constexpr auto kUnsupported = ErrorCode::kModelUnsupported;

TEST(TorchCheckpoint, TheSmallestOne) {
  for (const std::string folder : {"m/", "", "another name/"}) {
    const std::string archive =
        zip_of({{folder + "data.pkl", kPickle}, {folder + "data/0", kTwoFloats}});
    const TorchCheckpoint checkpoint(std::as_bytes(std::span(archive)), "test.bin");
    ASSERT_NE(checkpoint.find("w"), nullptr);
    std::vector<float> values(2);
    checkpoint.read_floats(*checkpoint.find("w"), values);
    EXPECT_THAT(values, testing::ElementsAre(1, -2));
    EXPECT_EQ(checkpoint.path(), "test.bin");
  }
}

TEST(TorchCheckpoint, NotACheckpoint) {
  expect_refused(zip_of({{"readme.txt", "x"}}), kUnsupported, "without data.pkl");
  expect_refused(zip_of({{"a/b/data.pkl", kPickle}}), kUnsupported, "without data.pkl");
  expect_refused(zip_of({{"a/data.pkl", kPickle}, {"b/data.pkl", kPickle}}), kCorrupt,
                 "more than one data.pkl");
  Entries script = whole();
  script.emplace_back("m/code/__torch__.py", "");
  expect_refused(zip_of(script), kUnsupported, "TorchScript");
}

TEST(TorchCheckpoint, ByteOrder) {
  Entries entries = whole();
  entries.emplace_back("m/byteorder", "little");
  const std::string little = zip_of(entries);
  EXPECT_NO_THROW(TorchCheckpoint(std::as_bytes(std::span(little)), "test.bin"));
  entries.back().second = "big";
  expect_refused(zip_of(entries), kUnsupported, "not little-endian");
}

TEST(TorchCheckpoint, StoragesThatContradictTheDescription) {
  expect_refused(zip_of({{"m/data.pkl", kPickle}}), kCorrupt, "storage data/0 is missing");
  expect_refused(zip_of({{"m/data.pkl", kPickle}, {"m/data/0", "1234567"}}), kCorrupt,
                 "'w' needs a storage '0' of 8 bytes, the file's has 7");
  expect_refused(zip_of({{"m/data.pkl", kPickle}, {"m/data/0", "123456789"}}), kCorrupt,
                 "the file's has 9");
}

TEST(TorchCheckpoint, CompressedEntriesAreRefused) {
  // Large enough that libzip finds deflate worth it.
  Entries entries = {{"m/data.pkl", kPickle}, {"m/data/0", std::string(1u << 20, '\0')}};
  expect_refused(zip_of(entries, true), kCorrupt, "is compressed or encrypted");
}

TEST(TorchCheckpoint, TruncatedAtEveryLength) {
  const std::string archive = test::read_file(golden_path("plain_dict.bin"));
  for (std::size_t size = 0; size < archive.size(); ++size) {
    const auto cut = std::as_bytes(std::span(archive)).first(size);
    EXPECT_THROW(TorchCheckpoint(cut, "test.bin"), Error) << size;
  }
}

TEST(TorchCheckpoint, AnEntryBeyondTheEndIsRefused) {
  std::string archive = zip_of(whole());
  // The second entry's offset in the central directory.
  const std::size_t first = archive.find("PK\x01\x02");
  const std::size_t second = archive.find("PK\x01\x02", first + 4);
  const std::uint32_t offset = 0x7fffffff;
  std::memcpy(archive.data() + second + 42, &offset, sizeof(offset));
  EXPECT_THROW(TorchCheckpoint(std::as_bytes(std::span(archive)), "test.bin"), Error);
}

TEST(TorchCheckpoint, ASizeBeyondTheEndIsRefused) {
  std::string archive = zip_of(whole());
  const std::size_t first = archive.find("PK\x01\x02");
  const std::size_t second = archive.find("PK\x01\x02", first + 4);
  const std::uint32_t size = 0x7ffffff0;
  std::memcpy(archive.data() + second + 20, &size, sizeof(size));
  std::memcpy(archive.data() + second + 24, &size, sizeof(size));
  expect_refused(archive, kCorrupt, "test.bin");
}

TEST(TorchCheckpoint, CallersMistakesAreNamed) {
  const std::string archive = zip_of(whole());
  const TorchCheckpoint checkpoint(std::as_bytes(std::span(archive)), "test.bin");
  std::vector<float> three(3);
  EXPECT_UNDERTONE_ERROR(checkpoint.read_floats(*checkpoint.find("w"), three),
                         ErrorCode::kInvalidArgument, "2 elements, room was given for 3");
}

TEST(TorchCheckpoint, ManyThreadsReadAtOnce) {
  const TorchCheckpoint checkpoint(golden_path("views.bin"));
  const auto values = golden_values("views.bin");
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (int& count : wrong) {
      threads.emplace_back([&] {
        for (const TensorInfo& info : checkpoint.tensors()) {
          std::vector<double> out(info.element_count());
          checkpoint.read_doubles(info, out);
          if (out != values.at(info.name).at("values").get<std::vector<double>>()) ++count;
        }
      });
    }
  }
  EXPECT_THAT(wrong, testing::Each(0));
}

}  // namespace
}  // namespace undertone::tensor

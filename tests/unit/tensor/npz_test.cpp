#include <array>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/npy.hpp"
#include "tensor/npz_file.hpp"
#include "unit/tensor/golden_files.hpp"
#include "unit/tensor/zip_files.hpp"

namespace undertone::tensor {
namespace {

using test::read_file;
using test::TemporaryFolder;
using test::write_file;

std::map<std::string, NpyArray> sample() {
  const std::array<float, 6> floats{1, 2, 3, 4, 5, 6};
  const std::array<double, 2> doubles{0.1, -7};
  const std::array<std::int64_t, 3> integers{1, 2, 3};
  std::map<std::string, NpyArray> arrays;
  arrays.emplace("embeddings", make_array(floats, {2, 3}));
  arrays.emplace("doubles", make_array(doubles, {2}));
  arrays.emplace("integers", make_array(integers, {3}));
  arrays.emplace("names", make_array({"one.wav", "zażółć 😀"}));
  arrays.emplace("encoder", make_scalar("hubert"));
  arrays.emplace("nothing", make_array(std::span<const float>(), {0, 3}));
  return arrays;
}

void expect_equal(const std::map<std::string, NpyArray>& found,
                  const std::map<std::string, NpyArray>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, array] : expected) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(found.contains(name));
    EXPECT_EQ(found.at(name).type, array.type);
    EXPECT_EQ(found.at(name).shape, array.shape);
    EXPECT_EQ(found.at(name).data, array.data);
    EXPECT_EQ(found.at(name).strings, array.strings);
  }
}

class GoldenNpz : public testing::TestWithParam<const char*> {};

TEST_P(GoldenNpz, HoldsWhatNumPyWrote) {
  const auto arrays = read_npz(golden_path(GetParam()));
  const nlohmann::json expected = golden_values(GetParam());
  ASSERT_EQ(arrays.size(), expected.size());
  for (const auto& [name, array] : arrays) {
    SCOPED_TRACE(name);
    // The same arrays also stand alone, where they are compared by value.
    const NpyArray alone = read_npy(golden_path(name + ".npy"));
    EXPECT_EQ(array.shape, shape_of(expected.at(name)));
    EXPECT_EQ(array.data, alone.data);
    EXPECT_EQ(array.strings, alone.strings);
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenNpz,
                         testing::Values("stored.npz", "deflated.npz", "savez.npz",
                                         "savez_compressed.npz"),
                         [](const auto& test) {
                           std::string name = test.param;
                           name.resize(name.find('.'));
                           for (char& c : name) {
                             if (c == '_') c = 'X';
                           }
                           return name;
                         });

TEST(Npz, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  write_npz(folder / "a.npz", sample());
  expect_equal(read_npz(folder / "a.npz"), sample());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()),
                          std::filesystem::directory_iterator()),
            1);
  write_file(folder / "plain", "");
  EXPECT_EQ(std::filesystem::status(folder / "a.npz").permissions(),
            std::filesystem::status(folder / "plain").permissions());
}

TEST(Npz, TheSameArraysGiveTheSameBytes) {
  const TemporaryFolder folder;
  write_npz(folder / "a.npz", sample());
  write_npz(folder / "b.npz", sample());
  const std::string bytes = read_file(folder / "a.npz");
  EXPECT_EQ(bytes, read_file(folder / "b.npz"));
  // At any time: the time and date of each local and central header are those of DOS's epoch.
  const std::string epoch("\0\0\x21\0", 4);
  std::size_t headers = 0;
  for (const auto& [magic, field] : {std::pair("PK\x03\x04", 10), std::pair("PK\x01\x02", 12)}) {
    for (std::size_t at = 0; (at = bytes.find(magic, at)) != std::string::npos; at += 4) {
      EXPECT_EQ(bytes.substr(at + field, 4), epoch);
      ++headers;
    }
  }
  EXPECT_EQ(headers, 2 * sample().size());
}

// Fills with the bytes of an array, however much is asked for at a time.
std::function<void(std::span<std::byte>)> filler(std::vector<std::byte> bytes) {
  return [bytes = std::move(bytes), at = std::size_t{0}](std::span<std::byte> out) mutable {
    ASSERT_LE(out.size(), bytes.size() - at);
    std::memcpy(out.data(), bytes.data() + at, out.size());
    at += out.size();
  };
}

TEST(Npz, StreamedArraysGiveTheSameBytes) {
  const TemporaryFolder folder;
  auto arrays = sample();
  std::vector<float> many(100'000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<float>(i);
  arrays["middle"] = make_array(many, {100, 10, 100});
  write_npz(folder / "a.npz", arrays);
  std::map<std::string, NpyStream> streams;
  for (const auto* name : {"middle", "integers", "nothing"}) {
    NpyArray& array = arrays[name];
    streams[name] = {array.type, array.shape, filler(array.data)};
    arrays.erase(name);
  }
  write_npz(folder / "b.npz", arrays, streams, {.work_folder = folder / "work"});
  EXPECT_EQ(read_file(folder / "a.npz"), read_file(folder / "b.npz"));
  EXPECT_FALSE(std::filesystem::exists(folder / "work"));
}

TEST(Npz, AStreamThatFailsLeavesNothing) {
  const TemporaryFolder folder;
  std::map<std::string, NpyStream> streams;
  streams["x"] = {NpyArray::Type::kFloat32, {1000}, [](std::span<std::byte>) {
                    throw Error(ErrorCode::kFileUnreadable, "the source is gone");
                  }};
  EXPECT_UNDERTONE_ERROR(write_npz(folder / "a.npz", sample(), streams), ErrorCode::kFileUnreadable,
                         "the source is gone");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  streams["integers"] = streams["x"];
  EXPECT_UNDERTONE_ERROR(write_npz(folder / "a.npz", sample(), streams),
                         ErrorCode::kInvalidArgument, "two arrays are called 'integers'");
  streams.clear();
  streams["t"] = {NpyArray::Type::kUnicode, {1}, {}};
  EXPECT_UNDERTONE_ERROR(write_npz(folder / "a.npz", {}, streams), ErrorCode::kInvalidArgument,
                         "cannot be streamed");
}

TEST(Npz, AWorkFolderThatAKilledRunLeftIsEmptied) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "work");
  write_file(folder / "work/npz", "half");
  write_npz(folder / "a.npz", sample(), {}, {.work_folder = folder / "work"});
  expect_equal(read_npz(folder / "a.npz"), sample());
  EXPECT_FALSE(std::filesystem::exists(folder / "work"));
}

TEST(NpzFile, ReadsOneArrayAtATime) {
  const TemporaryFolder folder;
  write_npz(folder / "a.npz", sample());
  NpzFile file(folder / "a.npz");
  EXPECT_EQ(file.names().size(), sample().size());
  EXPECT_TRUE(file.contains("names"));
  EXPECT_FALSE(file.contains("names.npy"));
  EXPECT_EQ(file.shape("embeddings"), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(file.read("names").strings, sample().at("names").strings);
  EXPECT_UNDERTONE_ERROR(file.read("x"), ErrorCode::kDataInvalid, "a.npz: there is no array 'x'");
}

// Slices longer and shorter than the pieces in which a member is read.
TEST(NpzFile, ReadsASliceOfAnArray) {
  const TemporaryFolder folder;
  for (const auto& [rows, layers, values] :
       {std::tuple<std::size_t, std::size_t, std::size_t>{5, 3, 7},
        {3, 2, 300'000},
        {70'000, 3, 3},
        {1, 1, 1},
        {0, 2, 3}}) {
    std::vector<float> all(rows * layers * values);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<float>(i % 16'000'000);
    write_npz(folder / "a.npz", {{"x", make_array(all, {rows, layers, values})}});
    NpzFile file(folder / "a.npz");
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const NpyArray slice = file.read_slice("x", layer);
      EXPECT_EQ(slice.shape, (std::vector<std::uint64_t>{rows, values}));
      std::vector<float> expected;
      for (std::size_t r = 0; r < rows; ++r) {
        const auto from = all.begin() + static_cast<std::ptrdiff_t>((r * layers + layer) * values);
        expected.insert(expected.end(), from, from + static_cast<std::ptrdiff_t>(values));
      }
      EXPECT_TRUE(slice.data == make_array(expected, {rows, values}).data) << rows << ' ' << layer;
    }
    EXPECT_UNDERTONE_ERROR(file.read_slice("x", layers), ErrorCode::kDataInvalid, "has no part");
  }
}

TEST(NpzFile, ASliceOfWhatNumPyKeepsOtherwise) {
  // As Fortran's order and half precision: [2, 3, 4] and so on, compared with the whole array.
  for (const char* name : {"fortran_cube.npy", "f2.npy"}) {
    const std::string archive = test::zip_of({{"x.npy", read_file(golden_path(name))}});
    NpzFile file(std::as_bytes(std::span(archive)), name);
    const NpyArray whole = file.read("x");
    if (whole.shape.size() < 2) continue;
    const NpyArray slice = file.read_slice("x", 1);
    std::uint64_t part = slice.data.size() / whole.shape[0];
    for (std::uint64_t r = 0; r < whole.shape[0]; ++r) {
      EXPECT_EQ(0, std::memcmp(slice.data.data() + r * part,
                               whole.data.data() + (r * whole.shape[1] + 1) * part, part));
    }
  }
}

TEST(NpzFile, ADamagedSliceFailsItsChecksum) {
  const TemporaryFolder folder;
  write_npz(folder / "a.npz", {{"x", make_array(std::vector<float>(24, 1.0F), {2, 3, 4})}});
  std::string archive = read_file(folder / "a.npz");
  const std::size_t data = archive.find("'<f4'") + 110;
  archive[data] = static_cast<char>(archive[data] ^ 0x10);
  NpzFile file(std::as_bytes(std::span(archive)), "a.npz");
  EXPECT_UNDERTONE_ERROR(file.read_slice("x", 0), ErrorCode::kDataInvalid, "CRC error");
}

TEST(Npz, WithoutArrays) {
  const TemporaryFolder folder;
  write_npz(folder / "a.npz", {});
  EXPECT_TRUE(read_npz(folder / "a.npz").empty());
}

TEST(Npz, ReplacesAnOldFileOrLeavesIt) {
  const TemporaryFolder folder;
  write_file(folder / "a.npz", "old");
  std::map<std::string, NpyArray> bad;
  bad.emplace("x", make_scalar("\xff"));
  EXPECT_UNDERTONE_ERROR(write_npz(folder / "a.npz", bad), ErrorCode::kInvalidArgument, "UTF-8");
  EXPECT_EQ(read_file(folder / "a.npz"), "old");
  write_npz(folder / "a.npz", sample());
  expect_equal(read_npz(folder / "a.npz"), sample());
  EXPECT_UNDERTONE_ERROR(write_npz("/no/such/folder/a.npz", sample()), ErrorCode::kFileUnwritable,
                         "/no/such/folder/a.npz");
  std::map<std::string, NpyArray> slash;
  slash.emplace("../x", make_scalar("a"));
  EXPECT_UNDERTONE_ERROR(write_npz(folder / "b.npz", slash), ErrorCode::kInvalidArgument, "'../x'");
}

TEST(Npz, NumPyReadsWhatWeWrite) {
  if (std::system("python3 -c 'import numpy' 2> /dev/null") != 0) {
    GTEST_SKIP() << "needs python3 with numpy";
  }
  const TemporaryFolder folder;
  write_npz(folder / "a.npz", sample());
  write_file(folder / "check.py", R"(
import sys, numpy as np
with np.load(sys.argv[1], allow_pickle=False) as a:
    assert sorted(a.files) == ['doubles', 'embeddings', 'encoder', 'integers', 'names', 'nothing']
    assert a['embeddings'].dtype == np.float32
    assert a['embeddings'].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert a['doubles'].tolist() == [0.1, -7]
    assert a['integers'].tolist() == [1, 2, 3] and a['integers'].dtype == np.int64
    assert a['names'].tolist() == ['one.wav', 'za\u017c\u00f3\u0142\u0107 \U0001f600']
    assert a['encoder'].item() == 'hubert' and a['encoder'].shape == ()
    assert a['nothing'].shape == (0, 3)
)");
  const std::string command =
      "python3 " + (folder / "check.py").string() + " " + (folder / "a.npz").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

void expect_refused(const std::string& archive, const char* message, const NpzLimits& limits = {}) {
  EXPECT_UNDERTONE_ERROR(parse_npz(std::as_bytes(std::span(archive)), "test.npz", limits),
                         ErrorCode::kDataInvalid, message);
  EXPECT_UNDERTONE_ERROR(parse_npz(std::as_bytes(std::span(archive)), "test.npz", limits),
                         ErrorCode::kDataInvalid, "test.npz: ");
}

TEST(HostileNpz, NotAnArchive) {
  expect_refused("", "not a readable zip archive");
  expect_refused("hello", "not a readable zip archive");
  const std::string whole = read_file(golden_path("stored.npz"));
  expect_refused(whole.substr(0, whole.size() / 2), "not a readable zip archive");
}

TEST(HostileNpz, MembersThatAreNoArrays) {
  expect_refused(test::zip_of({{"a.txt", "hello"}}), "member 'a.txt' is not a .npy array");
  expect_refused(test::zip_of({{"a.npy", "hello"}}), "member 'a': not a .npy array");
  expect_refused(test::zip_of({{"a.npy", read_file(golden_path("objects.npy"))}}),
                 "member 'a': holds Python objects");
}

TEST(HostileNpz, ADamagedMemberFailsItsChecksum) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    std::string archive = read_file(golden_path(name));
    archive[60] = static_cast<char>(archive[60] ^ 0x10);
    EXPECT_THROW(parse_npz(std::as_bytes(std::span(archive)), name), Error);
  }
  std::string archive = read_file(golden_path("stored.npz"));
  const std::size_t data = archive.find("'<f4'") + 100;
  archive[data] = static_cast<char>(archive[data] ^ 0x10);
  expect_refused(archive, "cannot be read: CRC error");
}

TEST(HostileNpz, LimitsHold) {
  const std::string archive = read_file(golden_path("savez_compressed.npz"));
  expect_refused(archive, "has 6 members; at most 5", {.max_members = 5});
  expect_refused(archive, "claims 176 bytes; at most 150", {.max_member_bytes = 150});
  expect_refused(archive, "would unpack to more than", {.max_ratio = 0, .always_allowed_bytes = 9});
}

TEST(HostileNpz, ABombIsRefusedBeforeItIsUnpacked) {
  const std::string bomb = test::zip_of({{"a.npy", std::string(4u << 20, '\0')}}, true);
  ASSERT_LT(bomb.size(), 10'000u);
  expect_refused(bomb, "would unpack to more than", {.always_allowed_bytes = 1u << 20});
  // Small enough to be harmless: unpacked, and found to be no array.
  expect_refused(bomb, "not a .npy array");
}

TEST(HostileNpz, AnImpossibleClaimAllocatesNothing) {
  std::string archive = test::zip_of({{"a.npy", std::string(1000, 'x')}}, true);
  // The uncompressed size in the central directory: 60 MB.
  const std::size_t directory = archive.find("PK\x01\x02");
  const std::uint32_t claim = 60'000'000;
  std::memcpy(archive.data() + directory + 24, &claim, sizeof(claim));
  expect_refused(archive, "claims 60000000 bytes, packed into");
}

TEST(HostileNpz, OneNameTwice) {
  std::string archive = test::zip_of({{"a.npy", "x"}, {"b.npy", "x"}});
  for (std::size_t at = 0; (at = archive.find("b.npy", at)) != std::string::npos;) {
    archive[at] = 'a';
  }
  expect_refused(archive, "two entries a.npy");
}

}  // namespace
}  // namespace undertone::tensor

#include "tensor/safetensors.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::tensor {
namespace {

using test::TemporaryFolder;
using test::write_file;

std::string file_of(std::uint64_t length, std::string_view header, std::size_t data_size) {
  std::string file(sizeof(length), '\0');
  std::memcpy(file.data(), &length, sizeof(length));
  file += header;
  file.append(data_size, '\x01');
  return file;
}

std::string file_of(std::string_view header, std::size_t data_size) {
  return file_of(header.size(), header, data_size);
}

std::span<const std::byte> bytes_of(const auto& values) { return std::as_bytes(std::span(values)); }

TEST(Safetensors, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  const std::array<float, 6> floats{1, -2, 3.5f, 0, 1e-30f, 7};
  const std::array<double, 2> doubles{0.1, -1e300};
  const std::array<std::int64_t, 1> integer{-(std::int64_t{1} << 40)};
  SafetensorsWriter writer;
  writer.set_metadata("format", "pt");
  writer.set_metadata("quote\"and\\", "line\nbreak");
  writer.add("floats", DType::kF32, {2, 3}, bytes_of(floats));
  writer.add("doubles", DType::kF64, {2}, bytes_of(doubles));
  writer.add("scalar", DType::kI64, {}, bytes_of(integer));
  writer.add("empty", DType::kF16, {0, 5}, {});
  writer.write(folder / "m.safetensors");

  const SafetensorsFile file(folder / "m.safetensors");
  EXPECT_EQ(file.path(), folder / "m.safetensors");
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_EQ(file.metadata().at("quote\"and\\"), "line\nbreak");
  std::vector<std::string> names;
  for (const TensorInfo& info : file.tensors()) names.push_back(info.name);
  EXPECT_THAT(names, testing::ElementsAre("doubles", "empty", "floats", "scalar"));
  EXPECT_EQ(file.find("nothing"), nullptr);

  const TensorInfo& info = *file.find("floats");
  EXPECT_EQ(info.dtype, DType::kF32);
  EXPECT_THAT(info.shape, testing::ElementsAre(2, 3));
  std::vector<float> out(6);
  file.read_floats(info, out);
  EXPECT_THAT(out, testing::ElementsAreArray(floats));
  file.release(info, file.bytes(info));
  std::vector<double> wide(6);
  file.read_doubles(info, wide);
  EXPECT_THAT(wide, testing::ElementsAreArray(floats));
  std::vector<double> exact(2);
  file.read_doubles(*file.find("doubles"), exact);
  EXPECT_THAT(exact, testing::ElementsAreArray(doubles));
  std::vector<double> one(1);
  file.read_doubles(*file.find("scalar"), one);
  EXPECT_EQ(one[0], -std::ldexp(1.0, 40));
  EXPECT_EQ(file.find("empty")->element_count(), 0u);
  file.read_floats(*file.find("empty"), {});
  EXPECT_EQ(std::memcmp(file.bytes(info).data(), floats.data(), sizeof(floats)), 0);
}

TEST(Safetensors, BytesDoNotDependOnTheOrderOfAdding) {
  const TemporaryFolder folder;
  const std::array<float, 2> a{1, 2};
  const std::array<std::uint8_t, 3> b{4, 5, 6};
  SafetensorsWriter one;
  one.add("a", DType::kU8, {3}, bytes_of(b));
  one.add("b", DType::kF32, {2}, bytes_of(a));
  one.write(folder / "one");
  SafetensorsWriter other;
  other.add("b", DType::kF32, {2}, bytes_of(a));
  other.add("a", DType::kU8, {3}, bytes_of(b));
  other.write(folder / "other");
  const std::string bytes = test::read_file(folder / "one");
  EXPECT_EQ(bytes, test::read_file(folder / "other"));
  // The header is padded so that the data begin at a multiple of eight.
  EXPECT_EQ(bytes.size() % 8, 11u % 8);
}

TEST(Safetensors, CallersMistakesAreNamed) {
  const TemporaryFolder folder;
  const std::array<float, 2> values{1, 2};
  SafetensorsWriter writer;
  writer.add("a", DType::kF32, {2}, bytes_of(values));
  EXPECT_UNDERTONE_ERROR(writer.add("a", DType::kF32, {2}, bytes_of(values)),
                         ErrorCode::kInvalidArgument, "'a' was added already");
  EXPECT_UNDERTONE_ERROR(writer.add("b", DType::kF32, {3}, bytes_of(values)),
                         ErrorCode::kInvalidArgument, "'b' was given 8 bytes");
  EXPECT_UNDERTONE_ERROR(
      writer.add("b", DType::kF32, {std::uint64_t{1} << 63, 4}, bytes_of(values)),
      ErrorCode::kInvalidArgument, "'b'");
  EXPECT_UNDERTONE_ERROR(writer.add("__metadata__", DType::kF32, {2}, bytes_of(values)),
                         ErrorCode::kInvalidArgument, "__metadata__");
  EXPECT_UNDERTONE_ERROR(writer.set_metadata("a", "\xff"), ErrorCode::kInvalidArgument, "UTF-8");
  EXPECT_UNDERTONE_ERROR(writer.add("b", DType::kU8, std::vector<std::uint64_t>(65, 1),
                                    bytes_of(std::array<char, 1>{})),
                         ErrorCode::kInvalidArgument, "65 dimensions");
  writer.write(folder / "m");
  EXPECT_UNDERTONE_ERROR(writer.write("/no/such/folder/m"), ErrorCode::kFileUnwritable,
                         "/no/such/folder/m");

  const SafetensorsFile file(folder / "m");
  std::vector<float> out(3);
  EXPECT_UNDERTONE_ERROR(file.read_floats(*file.find("a"), out), ErrorCode::kInvalidArgument,
                         "2 elements, room was given for 3");
  TensorInfo unknown;
  unknown.name = "zzz";
  EXPECT_UNDERTONE_ERROR(file.read_floats(unknown, out), ErrorCode::kInvalidArgument, "'zzz'");
}

TEST(Safetensors, ManyThreadsReadAtOnce) {
  const TemporaryFolder folder;
  const std::vector<float> values(100'000, 0.25f);
  SafetensorsWriter writer;
  writer.add("a", DType::kF32, {values.size()}, bytes_of(values));
  writer.write(folder / "m");
  const SafetensorsFile file(folder / "m");
  std::vector<std::vector<float>> outs(4, std::vector<float>(values.size()));
  {
    std::vector<std::jthread> threads;
    for (auto& out : outs) {
      threads.emplace_back([&] {
        file.read_floats(*file.find("a"), out);
        file.release(*file.find("a"), file.bytes(*file.find("a")));
      });
    }
  }
  for (const auto& out : outs) EXPECT_EQ(out, values);
}

struct Hostile {
  const char* name;
  std::string file;
  ErrorCode code;
  const char* message;
};

class HostileSafetensors : public testing::TestWithParam<Hostile> {};

TEST_P(HostileSafetensors, IsRefused) {
  const TemporaryFolder folder;
  write_file(folder / "m.safetensors", GetParam().file);
  EXPECT_UNDERTONE_ERROR(SafetensorsFile(folder / "m.safetensors"), GetParam().code,
                         GetParam().message);
  EXPECT_UNDERTONE_ERROR(SafetensorsFile(folder / "m.safetensors"), GetParam().code,
                         "m.safetensors");
}

constexpr auto kCorrupt = ErrorCode::kModelCorrupt;

INSTANTIATE_TEST_SUITE_P(
    All, HostileSafetensors,
    testing::ValuesIn(std::vector<Hostile>{
        Hostile{"TooShort", "abc", kCorrupt, "3 bytes are too few"},
        Hostile{"HeaderBeyondTheFile", file_of(1000, "{}", 0), kCorrupt, "claims 1000 bytes"},
        Hostile{"HeaderLengthOverflows", file_of(~std::uint64_t{0}, "{}", 0), kCorrupt,
                "at most 100000000"},
        Hostile{"EmptyHeader", file_of("", 0), kCorrupt, "begin with '{'"},
        Hostile{"HeaderIsAnArray", file_of("[]", 0), kCorrupt, "begin with '{'"},
        Hostile{"HeaderBreaksOff", file_of("{\"a\":", 0), kCorrupt, "not JSON"},
        Hostile{"TextAfterTheHeader", file_of("{} x", 0), kCorrupt, "not JSON"},
        Hostile{"NotUtf8", file_of("{\"\xff\":1}", 0), kCorrupt, "not JSON"},
        Hostile{"TensorIsANumber", file_of(R"({"a":1})", 0), kCorrupt, "the number 1"},
        Hostile{"NoDtype", file_of(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4), kCorrupt,
                "no dtype"},
        Hostile{"NoShape", file_of(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4), kCorrupt,
                "no shape"},
        Hostile{"NoOffsets", file_of(R"({"a":{"dtype":"F32","shape":[1]}})", 4), kCorrupt,
                "data_offsets"},
        Hostile{"ThreeOffsets",
                file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", 4), kCorrupt,
                "data_offsets"},
        Hostile{"UnknownKey",
                file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4),
                kCorrupt, "in 'x'"},
        Hostile{"NegativeExtent",
                file_of(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), kCorrupt,
                "negative number -1"},
        Hostile{"FractionalExtent",
                file_of(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4), kCorrupt,
                "the number 1.0"},
        Hostile{"HugeExtent",
                file_of(R"({"a":{"dtype":"F32","shape":[99999999999999999999],)"
                        R"("data_offsets":[0,4]}})",
                        4),
                kCorrupt, "the number 99999999999999999999"},
        Hostile{"ShapeOverflows",
                file_of(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4],)"
                        R"("data_offsets":[0,4]}})",
                        4),
                kCorrupt, "overflows"},
        Hostile{"BytesOverflow",
                file_of(R"({"a":{"dtype":"F32","shape":[4611686018427387905],)"
                        R"("data_offsets":[0,4]}})",
                        4),
                kCorrupt, "overflows"},
        Hostile{"SizeDisagrees",
                file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4), kCorrupt,
                "needs 8 bytes by its shape but has 4"},
        Hostile{"EndBeforeBegin",
                file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4), kCorrupt,
                "ends at 0 before it begins at 4"},
        Hostile{"BeyondTheData",
                file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4), kCorrupt,
                "ends at byte 8"},
        Hostile{"Overlap",
                file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                        R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                        6),
                kCorrupt, "overlaps another"},
        Hostile{"Hole",
                file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                        R"("b":{"dtype":"U8","shape":[4],"data_offsets":[6,10]}})",
                        10),
                kCorrupt, "leaves a hole"},
        Hostile{"HoleAtTheBeginning",
                file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}})", 5), kCorrupt,
                "leaves a hole"},
        Hostile{"DataOfNoTensor",
                file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 9), kCorrupt,
                "5 bytes of data belong to no tensor"},
        Hostile{"SameNameTwice",
                file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                        R"("a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                        8),
                kCorrupt, "'a' occurs twice"},
        Hostile{"SameKeyTwice",
                file_of(R"({"a":{"dtype":"U8","dtype":"I8","shape":[4],"data_offsets":[0,4]}})", 4),
                kCorrupt, "'dtype' twice"},
        Hostile{"SameShapeTwice",
                file_of(R"({"a":{"dtype":"U8","shape":[4],"shape":[4],"data_offsets":[0,4]}})", 4),
                kCorrupt, "'shape' twice"},
        Hostile{"MetadataTwice", file_of(R"({"__metadata__":{},"__metadata__":{}})", 0), kCorrupt,
                "__metadata__ occurs twice"},
        Hostile{"MetadataKeyTwice", file_of(R"({"__metadata__":{"a":"1","a":"2"}})", 0), kCorrupt,
                "'a' occurs twice"},
        Hostile{"MetadataIsNoString", file_of(R"({"__metadata__":{"a":1}})", 0), kCorrupt,
                "not as a string"},
        Hostile{"MetadataNested", file_of(R"({"__metadata__":{"a":{}}})", 0), kCorrupt,
                "not as a string"},
        Hostile{"DeepNesting", file_of("{\"a\":" + std::string(1'000'000, '['), 0), kCorrupt,
                "an array"},
        Hostile{"DeepShape", file_of("{\"a\":{\"shape\":" + std::string(1'000'000, '['), 0),
                kCorrupt, "an array in 'shape'"},
        Hostile{"TooManyDimensions",
                file_of(
                    "{\"a\":{\"shape\":[1" +
                        [] {
                          std::string ones;
                          for (int i = 0; i < 64; ++i) ones += ",1";
                          return ones;
                        }() +
                        "]}}",
                    0),
                kCorrupt, "more than 64"},
        Hostile{"Float8",
                file_of(R"({"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}})", 4),
                ErrorCode::kModelUnsupported, "F8_E4M3"}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace undertone::tensor

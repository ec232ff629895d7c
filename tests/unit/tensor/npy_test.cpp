#include "tensor/npy.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "unit/tensor/golden_files.hpp"

namespace undertone::tensor {
namespace {

using namespace std::string_literals;
using Type = NpyArray::Type;

template <class T>
std::vector<double> widen(const NpyArray& array) {
  std::vector<T> values(array.data.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), array.data.data(), array.data.size());
  return {values.begin(), values.end()};
}

std::vector<double> numbers(const NpyArray& array) {
  switch (array.type) {
    case Type::kFloat32:
      return widen<float>(array);
    case Type::kFloat64:
      return widen<double>(array);
    case Type::kInt32:
      return widen<std::int32_t>(array);
    case Type::kInt64:
      return widen<std::int64_t>(array);
    case Type::kUint8:
    case Type::kBool:
      return widen<std::uint8_t>(array);
    case Type::kUnicode:
      break;
  }
  ADD_FAILURE() << "not an array of numbers";
  return {};
}

void expect_equal(const NpyArray& array, const nlohmann::json& expected) {
  EXPECT_EQ(array.shape, shape_of(expected));
  if (array.type == Type::kUnicode) {
    EXPECT_EQ(array.strings, expected.at("values").get<std::vector<std::string>>());
  } else {
    EXPECT_EQ(numbers(array), expected.at("values").get<std::vector<double>>());
  }
}

struct Golden {
  const char* name;
  Type type;
  bool ours_is_the_same;  // writing it again gives NumPy's bytes
};

class GoldenNpy : public testing::TestWithParam<Golden> {};

TEST_P(GoldenNpy, HoldsWhatNumPyWrote) {
  const std::string file = GetParam().name + ".npy"s;
  const NpyArray array = read_npy(golden_path(file));
  EXPECT_EQ(array.type, GetParam().type);
  expect_equal(array, golden_values(file));

  const test::TemporaryFolder folder;
  write_npy(folder / "again.npy", array);
  expect_equal(read_npy(folder / "again.npy"), golden_values(file));
  if (GetParam().ours_is_the_same) {
    EXPECT_EQ(test::read_file(folder / "again.npy"), test::read_file(golden_path(file)));
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenNpy,
                         testing::ValuesIn(std::vector<Golden>{
                             Golden{"f4", Type::kFloat32, true},
                             Golden{"f8", Type::kFloat64, true},
                             Golden{"f2", Type::kFloat32, false},
                             Golden{"i1", Type::kInt64, false},
                             Golden{"i2", Type::kInt64, false},
                             Golden{"i4", Type::kInt32, true},
                             Golden{"i8", Type::kInt64, true},
                             Golden{"u1", Type::kUint8, true},
                             Golden{"u2", Type::kInt64, false},
                             Golden{"u4", Type::kInt64, false},
                             Golden{"bool", Type::kBool, true},
                             Golden{"text", Type::kUnicode, true},
                             Golden{"text_scalar", Type::kUnicode, true},
                             Golden{"text_matrix", Type::kUnicode, true},
                             Golden{"bytes", Type::kUnicode, false},
                             Golden{"scalar", Type::kFloat64, true},
                             Golden{"empty", Type::kFloat32, true},
                             Golden{"fortran", Type::kFloat32, false},
                             Golden{"fortran_cube", Type::kFloat64, false},
                             Golden{"fortran_text", Type::kUnicode, false},
                             Golden{"version_2", Type::kFloat32, false},
                             Golden{"version_3", Type::kFloat32, false}}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           name.erase(std::remove(name.begin(), name.end(), '_'), name.end());
                           return name;
                         });

TEST(Npy, WhatNumPyWritesAndWeDoNotReadIsNamed) {
  const auto refused = [](const char* file, const char* message) {
    EXPECT_UNDERTONE_ERROR(read_npy(golden_path(file)), ErrorCode::kDataInvalid, message);
  };
  refused("objects.npy", "Python objects");
  refused("big_endian.npy", "big-endian ('>f8')");
  refused("structured.npy", "structured array");
  refused("complex.npy", "the type '<c16'");
}

NpyArray parse_text(const std::string& bytes) {
  return parse_npy(std::as_bytes(std::span(bytes)), "test.npy");
}

std::string npy(const std::string& dictionary, std::size_t data_size) {
  std::string bytes = "\x93NUMPY\x01\0"s;
  bytes += static_cast<char>(dictionary.size() & 0xff);
  bytes += static_cast<char>(dictionary.size() >> 8);
  return bytes + dictionary + std::string(data_size, '\x01');
}

std::string npy_of(const std::string& descr, const std::string& shape, std::size_t data_size) {
  return npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}\n",
             data_size);
}

TEST(Npy, AnotherSpellingOfTheHeader) {
  const NpyArray array =
      parse_text(npy("{\"shape\":(2,),\"fortran_order\":True,\"descr\":\"|u1\"}", 2));
  EXPECT_EQ(numbers(array), (std::vector<double>{1, 1}));
}

struct Bad {
  const char* name;
  std::string bytes;
  const char* message;
};

class MalformedNpy : public testing::TestWithParam<Bad> {};

TEST_P(MalformedNpy, IsRefused) {
  EXPECT_UNDERTONE_ERROR(parse_text(GetParam().bytes), ErrorCode::kDataInvalid, GetParam().message);
  EXPECT_UNDERTONE_ERROR(parse_text(GetParam().bytes), ErrorCode::kDataInvalid, "test.npy: ");
}

const char* const kBegin = "{'descr': '<f4', 'fortran_order': False, 'shape': ";

INSTANTIATE_TEST_SUITE_P(
    All, MalformedNpy,
    testing::ValuesIn(std::vector<Bad>{
        Bad{"Empty", "", "not a .npy array"},
        Bad{"Text", "hello, world", "not a .npy array"},
        Bad{"Version4", "\x93NUMPY\x04\0xxxx"s, "version 4.0"},
        Bad{"NoLength", "\x93NUMPY\x01\0x"s, "breaks off"},
        Bad{"HeaderBeyondTheFile", "\x93NUMPY\x01\0\xff\0{"s, "breaks off"},
        Bad{"HugeHeader", "\x93NUMPY\x02\0\xff\xff\xff\xff{"s, "claims 4294967295 bytes"},
        Bad{"NoDictionary", npy("[]", 0), "malformed at '[]'"},
        Bad{"Unclosed", npy("{'descr': '<f4'", 0), "malformed"},
        Bad{"OpenQuote", npy("{'descr", 0), "malformed"},
        Bad{"Escape", npy("{'de\\x73cr': '<f4'}", 0), "malformed"},
        Bad{"Code", npy("{'descr': __import__('os')}", 0), "malformed at '__import__"},
        Bad{"UnknownKey", npy("{'x': 1}", 0), "key 'x'"},
        Bad{"KeyTwice", npy("{'descr': '<f4', 'descr': '<f4'}", 0), "repeated key 'descr'"},
        Bad{"NoShape", npy("{'descr': '<f4', 'fortran_order': False}", 0), "lacks"},
        Bad{"OrderIsANumber", npy("{'fortran_order': 1}", 0), "malformed"},
        Bad{"TextAfterIt", npy(kBegin + "(1,)} x"s, 4), "malformed at 'x'"},
        Bad{"ShapeIsANumber", npy(kBegin + "(1)}"s, 4), "malformed"},
        Bad{"NegativeShape", npy(kBegin + "(-1,)}"s, 4), "malformed at '-1"},
        Bad{"FractionalShape", npy(kBegin + "(1.0,)}"s, 4), "malformed"},
        Bad{"HugeExtent", npy(kBegin + "(99999999999999999999,)}"s, 4), "malformed"},
        Bad{"ShapeOverflows", npy(kBegin + "(4294967296, 4294967296)}"s, 4), "overflows"},
        Bad{"BytesOverflow", npy(kBegin + "(9223372036854775808,)}"s, 4), "more than can be"},
        Bad{"TooManyDimensions",
            npy(
                kBegin + "("s +
                    [] {
                      std::string ones;
                      for (int i = 0; i < 65; ++i) ones += "1,";
                      return ones;
                    }() +
                    ")}",
                4),
            "more than 64 dimensions"},
        Bad{"TooFewData", npy_of("<f4", "(2,)", 7), "7 bytes of data where its header asks for 8"},
        Bad{"TooManyData", npy_of("<f4", "(2,)", 9), "9 bytes of data"},
        Bad{"ScalarWithoutData", npy_of("<f4", "()", 0), "0 bytes of data"},
        Bad{"Unsigned64", npy_of("<u8", "(1,)", 8), "'<u8'"},
        Bad{"TextsWithoutWidth", npy_of("<U0", "(1000000000000,)", 0), "no width"},
        Bad{"TextOfHugeWidth", npy_of("<U9999999999", "(9999999999,)", 0), "more than can be"},
        Bad{"TextOfWrongWidth", npy_of("<U1x", "(1,)", 4), "'<U1x'"},
        Bad{"TextNotUnicode", npy_of("<U1", "(1,)", 4), "not Unicode"},
        Bad{"BytesNotUtf8", npy_of("|S1", "(1,)", 0) + "\xff", "not UTF-8"},
        Bad{"Objects", npy_of("|O", "(1,)", 8), "Python objects"},
        Bad{"ControlsInTheType", npy_of("\x1b[2J", "(1,)", 8), "'?[2J'"}}),
    [](const auto& test) { return test.param.name; });

TEST(Npy, CallersMistakesAreNamed) {
  const auto refused = [](const auto& act, const char* message) {
    EXPECT_UNDERTONE_ERROR(act(), ErrorCode::kInvalidArgument, message);
  };
  const std::array<float, 2> values{1, 2};
  refused([&] { make_array(values, {3}); }, "2 values do not fill");
  refused([&] { serialize_npy(make_scalar("\xff")); }, "not UTF-8");
  refused([&] { serialize_npy(make_scalar("a\0"s)); }, "zero character");
  NpyArray array = make_array(values, {2});
  array.shape = {5};
  refused([&] { serialize_npy(array); }, "do not fill its shape");
  NpyArray texts = make_array(std::vector<std::string>{"a"});
  texts.shape = {2};
  refused([&] { serialize_npy(texts); }, "do not fill its shape");
}

TEST(Npy, SpecialNumbersSurvive) {
  const std::array<double, 4> values{std::numeric_limits<double>::infinity(), -0.0,
                                     std::numeric_limits<double>::denorm_min(),
                                     std::numeric_limits<double>::quiet_NaN()};
  const NpyArray array = make_array(values, {4});
  const NpyArray again = parse_npy(serialize_npy(array), "again");
  EXPECT_EQ(again.data, array.data);
}

}  // namespace
}  // namespace undertone::tensor

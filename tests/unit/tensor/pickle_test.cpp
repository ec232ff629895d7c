// Pickles made by hand: what a hostile or damaged checkpoint could hold.

#include "tensor/pickle.hpp"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::tensor::pickle {
namespace {

using namespace std::string_literals;

Program run_text(const std::string& text, const Limits& limits = {}) {
  return run(std::as_bytes(std::span(text)), "test.bin", limits);
}

const std::string kBegin = "\x80\x02"s;

std::string short_text(const std::string& text) {
  return "\x8c"s + static_cast<char>(text.size()) + text;
}

// A call of _rebuild_tensor_v2 on a float storage.
std::string tensor(const std::string& size, const std::string& offset, const std::string& shape,
                   const std::string& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + short_text("storage") +
         "ctorch\nFloatStorage\n" + short_text("0") + short_text("cpu") + size + "tQ" + offset +
         shape + strides + "\x89" + "}tR";
}

std::string k(int value) { return "K"s + static_cast<char>(value); }

const std::string kHuge = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"s;  // 2^63 - 1
const std::string kMinusOne = "J\xff\xff\xff\xff"s;

TEST(Pickle, PlainValues) {
  const Program program = run_text(
      kBegin + "(K\x01M\x01\x02J\xfe\xff\xff\xff\x8a\x00\x8a\x02\x00\x80\x8a\x09xxxxxxxxx"s +
      "G\xc0\x04\x00\x00\x00\x00\x00\x00N\x88\x89"s + short_text("µ") + "t.");
  const auto& items = std::get<Tuple>(program.root->content).items;
  ASSERT_EQ(items.size(), 11u);
  EXPECT_EQ(std::get<std::int64_t>(items[0]->content), 1);
  EXPECT_EQ(std::get<std::int64_t>(items[1]->content), 513);
  EXPECT_EQ(std::get<std::int64_t>(items[2]->content), -2);
  EXPECT_EQ(std::get<std::int64_t>(items[3]->content), 0);
  EXPECT_EQ(std::get<std::int64_t>(items[4]->content), -32768);
  EXPECT_TRUE(std::holds_alternative<Opaque>(items[5]->content));
  EXPECT_EQ(std::get<double>(items[6]->content), -2.5);
  EXPECT_TRUE(std::holds_alternative<None>(items[7]->content));
  EXPECT_TRUE(std::get<bool>(items[8]->content));
  EXPECT_FALSE(std::get<bool>(items[9]->content));
  EXPECT_EQ(std::get<std::string>(items[10]->content), "µ");
}

TEST(Pickle, ListsDictionariesAndTheMemo) {
  // {"a": [1, 2, 3], "b": itself}
  const Program program = run_text(kBegin + "}q\0"s + short_text("a") + "](" + k(1) + k(2) + "e" +
                                   k(3) + "as" + short_text("b") + "h\0"s + "s.");
  const auto& items = std::get<Dict>(program.root->content).items;
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(std::get<List>(items[0].second->content).items.size(), 3u);
  EXPECT_EQ(items[1].second, program.root);  // a dictionary may hold itself
}

TEST(Pickle, OrderedDictFromPairs) {
  const Program program = run_text(kBegin + "ccollections\nOrderedDict\n(](](" + k(1) + k(2) +
                                   "e(" + k(3) + k(4) + "tetR.");
  const auto& items = std::get<Dict>(program.root->content).items;
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(std::get<std::int64_t>(items[1].second->content), 4);
}

TEST(Pickle, ATensorAndItsStorage) {
  const Program program =
      run_text(kBegin + tensor(k(20), k(2), k(3) + k(4) + "\x86", k(1) + k(3) + "\x86") + ".");
  const auto& view = *std::get<std::unique_ptr<Tensor>>(program.root->content);
  EXPECT_EQ(view.storage->key, "0");
  EXPECT_EQ(view.storage->dtype, DType::kF32);
  EXPECT_EQ(view.storage->size, 20u);
  EXPECT_EQ(view.offset, 2u);
  EXPECT_THAT(view.shape, testing::ElementsAre(3, 4));
  EXPECT_THAT(view.strides, testing::ElementsAre(1, 3));
}

TEST(Pickle, CodeIsRefusedByNameAndNeverRun) {
  const test::TemporaryFolder folder;
  const std::string command = "touch " + (folder / "ran").string();
  const auto refused = [&](const std::string& pickle, const char* name) {
    EXPECT_UNDERTONE_ERROR(run_text(pickle), ErrorCode::kModelUnsupported,
                           "test.bin: asks for "s + name +
                               ", which a checkpoint has no need of; refused (no code was run)");
  };
  refused(kBegin + "cposix\nsystem\n(" + short_text(command) + "tR.", "posix.system");
  refused("cposix\nsystem\n(" + short_text(command) + "tR.", "posix.system");
  refused("\x80\x04"s + short_text("os") + short_text("system") + "\x93" + short_text(command) +
              "\x85R.",
          "os.system");
  refused(kBegin + "c__builtin__\neval\n(" + short_text("1") + "tR.", "__builtin__.eval");
  refused(kBegin + "ctorch\nsave\n.", "torch.save");
  refused(kBegin + "ctorch._utils\n_rebuild_tensor\n.", "torch._utils._rebuild_tensor");
  refused(kBegin + "ccollections\nOrderedDict.__reduce__\n.", "collections.OrderedDict.__reduce__");
  refused(kBegin + "ca\x1b[2Jb\nc\n.", "a?[2Jb.c");
  EXPECT_FALSE(std::filesystem::exists(folder / "ran"));
}

struct Bad {
  const char* name;
  std::string pickle;
  const char* message;
};

class MalformedPickle : public testing::TestWithParam<Bad> {};

TEST_P(MalformedPickle, IsRefused) {
  EXPECT_UNDERTONE_ERROR(run_text(GetParam().pickle), ErrorCode::kModelCorrupt, GetParam().message);
  EXPECT_UNDERTONE_ERROR(run_text(GetParam().pickle), ErrorCode::kModelCorrupt, "test.bin: ");
}

const std::string kOne = k(1);
const std::string kOneTuple = k(1) + "\x85";

INSTANTIATE_TEST_SUITE_P(
    All, MalformedPickle,
    testing::ValuesIn(std::vector<Bad>{
        Bad{"Empty", "", "breaks off at byte 0"},
        Bad{"NoStop", kBegin + "N", "breaks off at byte 3"},
        Bad{"StopOnNothing", kBegin + ".", "no single value"},
        Bad{"StopOnTwo", kBegin + "NN.", "no single value"},
        Bad{"StopWithAMark", kBegin + "N(.", "no single value"},
        Bad{"BytesAfterStop", kBegin + "N.N", "bytes follow the end"},
        Bad{"UnknownProtocol", "\x80\x06N."s, "protocol 6"},
        Bad{"InstOpcode", kBegin + "(ios\nsystem\n.", "opcode 0x69"},
        Bad{"ObjOpcode", kBegin + "(o.", "opcode 0x6f"},
        Bad{"NewobjOpcode", kBegin + "ccollections\nOrderedDict\n)\x81.", "opcode 0x81"},
        Bad{"ExtensionOpcode", kBegin + "\x82\x01.", "opcode 0x82"},
        Bad{"HugeText", kBegin + "X\xff\xff\xff\xff"s + "abc.", "breaks off"},
        Bad{"HugeText8", kBegin + "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"s + "abc.", "breaks off"},
        Bad{"HugeBytes", kBegin + "B\xff\xff\xff\xff"s + "abc.", "breaks off"},
        Bad{"HugeLong", kBegin + "\x8b\xff\xff\xff\xff"s + "abc.", "breaks off"},
        Bad{"TextIsNotUtf8", kBegin + short_text("\xc3") + ".", "not UTF-8"},
        Bad{"NameWithoutEnd", kBegin + "cposix", "has no end"},
        Bad{"NameTooLong", kBegin + "c" + std::string(1000, 'a') + "\nb\n.", "has no end"},
        Bad{"StackGlobalOfNumbers", kBegin + "K\x01K\x02\x93.", "not a text"},
        Bad{"MemoNeverSet", kBegin + "h\x05.", "memo entry 5 was never set"},
        Bad{"MemoHole", kBegin + "Nq\x05h\x04.", "memo entry 4 was never set"},
        Bad{"MemoTooFar", kBegin + "Nr\xff\xff\xff\xff."s, "memo entry 4294967295 is beyond"},
        Bad{"MemoOfNothing", kBegin + "q\x01.", "takes more from its stack"},
        Bad{"TupleOfTooMuch", kBegin + "N\x87.", "takes more from its stack"},
        Bad{"PopBelowTheMark", kBegin + "NN(\x86t.", "takes more from its stack"},
        Bad{"NoMark", kBegin + "Nt.", "no mark"},
        Bad{"AppendToNone", kBegin + "NNa.", "not a list"},
        Bad{"SetItemOfNone", kBegin + "NNNs.", "not a dictionary"},
        Bad{"KeyWithoutValue", kBegin + "}(Nu.", "a key without a value"},
        Bad{"CallOfNone", kBegin + "N)R.", "calls what cannot be called"},
        Bad{"CallWithoutTuple", kBegin + "ccollections\nOrderedDict\nNR.", "cannot be called"},
        Bad{"CallOfAStorageType", kBegin + "ctorch\nFloatStorage\n)R.", "cannot be called"},
        Bad{"BuildOnATuple", kBegin + ")}b.", "sets attributes"},
        Bad{"OrderedDictOfTooMuch", kBegin + "ccollections\nOrderedDict\nNN\x86R.", "too many"},
        Bad{"OrderedDictOfSingles", kBegin + "ccollections\nOrderedDict\n]](Nea\x85R.",
            "not a pair"},
        Bad{"PersistentIdOfNone", kBegin + "NQ.", "not a tuple"},
        Bad{"PersistentIdOfOtherKind", kBegin + "(" + short_text("module") + "NNNNtQ.",
            "not that of a storage"},
        Bad{"PersistentIdOfWrongTypes", kBegin + "(" + short_text("storage") + "NNNNtQ.",
            "wrong type"},
        Bad{"ParameterOfNone", kBegin + "ctorch._utils\n_rebuild_parameter\nN\x89N\x87R.",
            "wrong type"},
        Bad{"ParameterOfTooLittle", kBegin + "ctorch._utils\n_rebuild_parameter\n)R.",
            "three arguments"},
        Bad{"TensorOfTooLittle", kBegin + "ctorch._utils\n_rebuild_tensor_v2\n)R.",
            "given 0 arguments"},
        Bad{"StorageTooSmall",
            kBegin + tensor(k(11), k(0), k(3) + k(4) + "\x86", k(4) + k(1) + "\x86") + ".",
            "beyond its storage '0' of 11"},
        Bad{"OffsetTooFar", kBegin + tensor(k(4), k(4), kOneTuple, kOneTuple) + ".", "beyond"},
        Bad{"StrideTooFar", kBegin + tensor(k(4), k(0), k(2) + "\x85", k(4) + "\x85") + ".",
            "beyond"},
        Bad{"StrideOverflows", kBegin + tensor(k(4), k(3), k(3) + "\x85", kHuge + "\x85") + ".",
            "beyond"},
        Bad{"SumOfStridesOverflows",
            kBegin +
                tensor(k(4), k(0), k(2) + k(2) + k(2) + "\x87", kHuge + kHuge + kHuge + "\x87") +
                ".",
            "beyond"},
        Bad{"ShapeOverflows",
            kBegin + tensor(k(4), k(0), kHuge + kHuge + "\x86", k(0) + k(0) + "\x86") + ".",
            "shape overflows"},
        Bad{"StorageOverflows", kBegin + tensor(kHuge, k(0), kOneTuple, kOneTuple) + ".",
            "storage's size overflows"},
        Bad{"NegativeStorage", kBegin + tensor(kMinusOne, k(0), kOneTuple, kOneTuple) + ".",
            "negative"},
        Bad{"NegativeOffset", kBegin + tensor(k(4), kMinusOne, kOneTuple, kOneTuple) + ".",
            "negative"},
        Bad{"NegativeShape", kBegin + tensor(k(4), k(0), kMinusOne + "\x85", kOneTuple) + ".",
            "negative"},
        Bad{"NegativeStride", kBegin + tensor(k(4), k(0), kOneTuple, kMinusOne + "\x85") + ".",
            "negative"},
        Bad{"StridesWithoutShape", kBegin + tensor(k(4), k(0), ")", kOneTuple) + ".",
            "0 dimensions and 1 strides"},
        Bad{"TooManyDimensions",
            kBegin +
                tensor(
                    k(4), k(0),
                    "(" +
                        [] {
                          std::string ones;
                          for (int i = 0; i < 65; ++i) ones += kOne;
                          return ones;
                        }() +
                        "t",
                    ")") +
                ".",
            "65 dimensions"}}),
    [](const auto& test) { return test.param.name; });

TEST(Pickle, LimitsHold) {
  const auto refused = [](const std::string& pickle, const Limits& limits, const char* message) {
    EXPECT_UNDERTONE_ERROR(run_text(pickle, limits), ErrorCode::kModelCorrupt, message);
  };
  refused(kBegin + std::string(100, 'N'), {.max_bytes = 50}, "at most 50 are read");
  refused(kBegin + std::string(100, 'N'), {.max_values = 50}, "more than 50 values");
  refused(kBegin + std::string(100, '('), {.max_stack = 50}, "too many marks");
  std::string recalls = kBegin + "Nq\x01";
  for (int i = 0; i < 100; ++i) recalls += "h\x01";
  refused(recalls, {.max_stack = 50}, "stack grows too high");
  std::string memoized = kBegin + "N";
  for (int i = 0; i < 100; ++i) memoized += "\x94";
  refused(memoized, {.max_memo = 50}, "memo entry 50 is beyond the limit");
}

}  // namespace
}  // namespace undertone::tensor::pickle

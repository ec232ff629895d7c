// What is said of files that are no checkpoint, or one of a kind that is not read.

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/tensor_archive.hpp"
#include "unit/tensor/golden_files.hpp"

namespace undertone::tensor {
namespace {

using namespace std::string_literals;
using test::TemporaryFolder;
using test::write_file;

struct Foreign {
  const char* name;
  std::string content;
  ErrorCode code;
  const char* message;
};

class ForeignFile : public testing::TestWithParam<Foreign> {};

TEST_P(ForeignFile, IsDescribed) {
  const TemporaryFolder folder;
  const auto path = folder / "model.bin";
  write_file(path, GetParam().content);
  EXPECT_UNDERTONE_ERROR(open_archive(path), GetParam().code, GetParam().message);
  EXPECT_UNDERTONE_ERROR(open_archive(path), GetParam().code, "model.bin");
}

constexpr auto kUnsupported = ErrorCode::kModelUnsupported;

INSTANTIATE_TEST_SUITE_P(
    All, ForeignFile,
    testing::ValuesIn(std::vector<Foreign>{
        Foreign{"Empty", "", kUnsupported, "the file is empty"},
        Foreign{"LfsPointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
                ErrorCode::kGitLfsPointer, "Git LFS pointer"},
        Foreign{"Html", "\n <!DOCTYPE html>\n<html>", kUnsupported, "HTML page"},
        Foreign{"HtmlWithoutDoctype", "<HTML><body>", kUnsupported, "HTML page"},
        Foreign{"Text", "Hello,\nworld\n", kUnsupported, "a text file"},
        Foreign{"Json", "{\"hidden_size\": 3}", kUnsupported, "without a 'weight_map'"},
        Foreign{"Hdf5", "\x89HDF\r\n\x1a\n...", kUnsupported, "HDF5"},
        Foreign{"Gguf", "GGUF\x03\0\0\0"s, kUnsupported, "GGUF"},
        Foreign{"Gzip", "\x1f\x8b\x08"s, kUnsupported, "gzip"},
        Foreign{"Wav", "RIFF\x24\0\0\0WAVE"s, kUnsupported, "WAV"},
        Foreign{"Binary", "\x01\x02\x03\x04"s, kUnsupported, "unknown kind"},
        Foreign{"BrokenZip", "PK\x03\x04...", ErrorCode::kModelCorrupt, "not a readable zip"},
        Foreign{"EmptyZip", "PK\x05\x06"s + std::string(18, '\0'), kUnsupported,
                "without data.pkl"}}),
    [](const auto& test) { return test.param.name; });

struct Refused {
  const char* file;
  ErrorCode code;
  const char* message;
};

class RefusedCheckpoint : public testing::TestWithParam<Refused> {};

TEST_P(RefusedCheckpoint, SaysWhy) {
  EXPECT_UNDERTONE_ERROR(open_archive(golden_path(GetParam().file)), GetParam().code,
                         GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedCheckpoint,
    testing::ValuesIn(std::vector<Refused>{
        Refused{"legacy.bin", kUnsupported, "before 1.6"},
        Refused{"expanded.bin", kUnsupported, "repeats"},
        Refused{"bare_tensor.bin", kUnsupported, "not a dictionary"},
        Refused{"no_tensors.bin", kUnsupported, "holds no tensors"},
        Refused{"two_state_dicts.bin", kUnsupported, "more than one state dict"},
        Refused{"foreign_global.bin", kUnsupported,
                "asks for torch.device, which a checkpoint has no need of; refused (no "
                "code was run)"},
        Refused{"torch_script.bin", kUnsupported, "TorchScript"},
        Refused{"bare_pickle.bin", kUnsupported, "bare Python pickle"},
        Refused{"f4.npy", kUnsupported, "NumPy array"},
        Refused{"stored.npz", kUnsupported, "without data.pkl"}}),
    [](const auto& test) {
      const std::string file = test.param.file;
      std::string name = file.substr(0, file.find('.'));
      name.erase(std::remove(name.begin(), name.end(), '_'), name.end());
      return name;
    });

TEST(OpenArchive, MissingFilesAndFolders) {
  const TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(open_archive(folder / "gone.bin"), ErrorCode::kFileNotFound, "gone.bin");
  EXPECT_UNDERTONE_ERROR(open_archive(folder.path()), ErrorCode::kFileUnreadable, "is a folder");
}

TEST(OpenArchive, ABrokenFileCalledSafetensorsIsTakenForOne) {
  const TemporaryFolder folder;
  write_file(folder / "page.safetensors", "<!DOCTYPE html>");
  EXPECT_UNDERTONE_ERROR(open_archive(folder / "page.safetensors"), kUnsupported, "HTML page");
  write_file(folder / "m.safetensors", "\x10\0\0"s);
  EXPECT_UNDERTONE_ERROR(open_archive(folder / "m.safetensors"), ErrorCode::kModelCorrupt,
                         "too few for a safetensors file");
}

class ShardIndex : public testing::Test {
 protected:
  ShardIndex() {
    for (const char* shard : {"shard-1.bin", "shard-2.bin"}) {
      std::filesystem::copy_file(golden_path(shard), folder_ / shard);
    }
  }

  std::filesystem::path index(const std::string& content) {
    const auto path = folder_ / "m.bin.index.json";
    write_file(path, content);
    return path;
  }

  TemporaryFolder folder_;
};

TEST_F(ShardIndex, AMissingShardIsNamed) {
  EXPECT_UNDERTONE_ERROR(open_archive(index(R"({"weight_map":{"one":"shard-9.bin"}})")),
                         ErrorCode::kFileNotFound, "shard-9.bin");
}

TEST_F(ShardIndex, ATensorThatItsShardLacksIsNamed) {
  EXPECT_UNDERTONE_ERROR(open_archive(index(R"({"weight_map":{"three":"shard-1.bin"}})")),
                         ErrorCode::kModelCorrupt, "'three' is not in shard-1.bin");
}

TEST_F(ShardIndex, ListsOnlyWhatItNames) {
  const auto archive = open_archive(index(R"({"weight_map":{"one":"shard-1.bin"},"x":[{"y":1}]})"));
  ASSERT_EQ(archive->tensors().size(), 1u);
  EXPECT_EQ(archive->tensors()[0].name, "one");
}

TEST_F(ShardIndex, ShardsOutsideItsFolderAreRefused) {
  for (const char* shard : {"../shard-1.bin", "/etc/passwd", "..", ".", "", "a/b", "a\\\\b"}) {
    EXPECT_UNDERTONE_ERROR(
        open_archive(index(R"({"weight_map":{"one":")" + std::string(shard) + "\"}}")),
        ErrorCode::kModelCorrupt, "not a plain file name");
  }
  EXPECT_UNDERTONE_ERROR(open_archive(index(R"({"weight_map":{"one":"a\u0000b"}})")),
                         ErrorCode::kModelCorrupt, "not a plain file name");
}

TEST_F(ShardIndex, AnIndexAsAShardIsRefused) {
  EXPECT_UNDERTONE_ERROR(open_archive(index(R"({"weight_map":{"one":"m.bin.index.json"}})")),
                         ErrorCode::kModelCorrupt, "cannot be an index itself");
}

TEST_F(ShardIndex, MalformedIndices) {
  const auto corrupt = [&](const std::string& content, const char* message) {
    EXPECT_UNDERTONE_ERROR(open_archive(index(content)), ErrorCode::kModelCorrupt, message);
  };
  corrupt("{\"weight_map\":", "not JSON");
  corrupt(R"({"weight_map":{"one":1}})", "no file name for tensor 'one'");
  corrupt(R"({"weight_map":{"one":{}}})", "no file name for tensor 'one'");
  corrupt(R"({"weight_map":{"one":[]}})", "no file name for tensor 'one'");
  corrupt(R"({"weight_map":{"one":"shard-1.bin","one":"shard-2.bin"}})", "'one' twice");
  corrupt(R"({"weight_map":{},"weight_map":{}})", "'weight_map' twice");
  corrupt("{\"x\":" + std::string(100'000, '['), "nested deeper than 64");
}

}  // namespace
}  // namespace undertone::tensor

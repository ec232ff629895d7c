#include "tensor/safetensors_stream.hpp"

#include <array>
#include <cstdint>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/matrix.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::tensor {
namespace {

using test::TemporaryFolder;

std::span<const std::byte> bytes_of(const auto& values) { return std::as_bytes(std::span(values)); }

TEST(SafetensorsStream, WritesTheSameBytesAsTheWriter) {
  const TemporaryFolder folder;
  const std::array<float, 6> floats{1, -2, 3.5F, 0, 1e-30F, 7};
  const std::array<std::int64_t, 2> integers{5, -6};
  SafetensorsWriter writer;
  writer.set_metadata("format", "pt");
  writer.add("floats", DType::kF32, {2, 3}, bytes_of(floats));
  writer.add("zz", DType::kI64, {2}, bytes_of(integers));
  writer.write(folder / "a");

  SafetensorsStream stream(folder / "b",
                           {{"floats", DType::kF32, {2, 3}}, {"zz", DType::kI64, {2}}},
                           {{"format", "pt"}});
  ASSERT_EQ(stream.tensors()[0].name, "zz");  // wide types first
  stream.write(bytes_of(integers));
  stream.write(bytes_of(floats).first(5));
  stream.write(bytes_of(floats).subspan(5));
  EXPECT_FALSE(std::filesystem::exists(folder / "b"));
  stream.commit();
  EXPECT_EQ(test::read_file(folder / "a"), test::read_file(folder / "b"));
}

TEST(SafetensorsStream, PutsWhatKeepsAlignmentFirst) {
  const TemporaryFolder folder;
  const std::vector<float> line(32, 1.5F);
  const std::array<float, 3> odd{1, 2, 3};
  SafetensorsStream stream(
      folder / "m",
      {{"odd", DType::kF32, {3}}, {"b", DType::kBF16, {32}}, {"a", DType::kF32, {32}}},
      {{"key", "a text that makes the header longer than a cache line"}}, FileOrder::kAligned);
  ASSERT_EQ(stream.tensors()[0].name, "a");
  ASSERT_EQ(stream.tensors()[1].name, "b");
  stream.write(bytes_of(line));
  stream.write(bytes_of(line).first(64));
  stream.write(bytes_of(odd));
  stream.commit();
  const SafetensorsFile file(folder / "m");
  for (const char* name : {"a", "b"}) {
    const auto bytes = file.bytes(*file.find(name));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % kAlignment, 0U) << name;
  }
  std::vector<float> values(3);
  file.read_floats(*file.find("odd"), values);
  EXPECT_EQ(values, (std::vector<float>{1, 2, 3}));
}

TEST(SafetensorsStream, CallersMistakesAreNamed) {
  const TemporaryFolder folder;
  const auto open = [&](std::vector<TensorInfo> tensors) {
    return SafetensorsStream(folder / "m", std::move(tensors));
  };
  EXPECT_UNDERTONE_ERROR(open({{"a", DType::kF32, {1}}, {"a", DType::kF64, {1}}}),
                         ErrorCode::kInvalidArgument, "two tensors are called 'a'");
  EXPECT_UNDERTONE_ERROR(open({{"__metadata__", DType::kF32, {1}}}), ErrorCode::kInvalidArgument,
                         "__metadata__");
  EXPECT_UNDERTONE_ERROR(open({{"a", DType::kF32, {std::uint64_t{1} << 62, 8}}}),
                         ErrorCode::kInvalidArgument, "larger than any file");
  EXPECT_UNDERTONE_ERROR(open({{"\xFF", DType::kF32, {1}}}), ErrorCode::kInvalidArgument, "UTF-8");

  const std::array<float, 2> values{1, 2};
  SafetensorsStream stream(folder / "m", {{"a", DType::kF32, {1}}});
  EXPECT_UNDERTONE_ERROR(stream.commit(), ErrorCode::kInvalidArgument, "4 bytes");
  EXPECT_UNDERTONE_ERROR(stream.write(bytes_of(values)), ErrorCode::kInvalidArgument,
                         "4 bytes more");
  EXPECT_FALSE(std::filesystem::exists(folder / "m"));
}

}  // namespace
}  // namespace undertone::tensor

// Checkpoints written by PyTorch and safetensors, compared with what they were written from.

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"
#include "tensor/safetensors.hpp"
#include "tensor/tensor_archive.hpp"
#include "unit/tensor/golden_files.hpp"

namespace undertone::tensor {
namespace {

class GoldenArchive : public testing::TestWithParam<std::string> {};

TEST_P(GoldenArchive, HoldsWhatItWasWrittenFrom) {
  const auto archive = open_archive(golden_path(GetParam()));
  const nlohmann::json expected = golden_values(GetParam());
  ASSERT_EQ(archive->tensors().size(), expected.size());
  ASSERT_GT(expected.size(), 0u);
  std::string previous;
  for (const TensorInfo& info : archive->tensors()) {
    SCOPED_TRACE(info.name);
    EXPECT_LT(previous, info.name);
    previous = info.name;
    ASSERT_TRUE(expected.contains(info.name));
    const nlohmann::json& tensor = expected.at(info.name);
    EXPECT_EQ(info.shape, shape_of(tensor));
    const auto values = tensor.at("values").get<std::vector<double>>();
    std::vector<double> doubles(info.element_count());
    archive->read_doubles(info, doubles);
    EXPECT_EQ(doubles, values);
    std::vector<float> floats(info.element_count());
    archive->read_floats(info, floats);
    EXPECT_EQ(floats, std::vector<float>(values.begin(), values.end()));
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenArchive,
                         testing::Values("plain_dict.bin", "ordered_dict.bin", "module.bin",
                                         "views.bin", "dtypes.bin", "parameters.bin", "tied.bin",
                                         "wrapped_state_dict.bin", "wrapped_model.bin",
                                         "wrapped_model_state_dict.bin", "protocol_3.bin",
                                         "protocol_4.bin", "protocol_5.bin",
                                         "sharded.bin.index.json", "dtypes.safetensors"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (char& c : name) {
                             if (c == '.' || c == '_') c = 'X';
                           }
                           return name;
                         });

// Our writer and the reference agree to the byte, whatever the order of adding.
TEST(GoldenSafetensors, OurBytesAreTheReferences) {
  const test::TemporaryFolder folder;
  const SafetensorsFile reference(golden_path("dtypes.safetensors"));
  SafetensorsWriter writer;
  for (const auto& [key, value] : reference.metadata()) writer.set_metadata(key, value);
  for (const TensorInfo& info : reference.tensors()) {
    writer.add(info.name, info.dtype, info.shape, reference.bytes(info));
  }
  writer.write(folder / "ours.safetensors");
  EXPECT_EQ(test::read_file(folder / "ours.safetensors"),
            test::read_file(golden_path("dtypes.safetensors")));
}

}  // namespace
}  // namespace undertone::tensor

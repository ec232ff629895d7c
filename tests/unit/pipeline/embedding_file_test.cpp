#include "pipeline/embedding_file.hpp"

#include <map>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/npy.hpp"

namespace undertone::pipeline {
namespace {

using Arrays = std::map<std::string, tensor::NpyArray>;

EmbeddingTable example() {
  EmbeddingTable table;
  table.embeddings = tensor::Matrix<float>(2, 3);
  for (std::size_t i = 0; i < 6; ++i) table.embeddings.data()[i] = 0.5F * static_cast<float>(i);
  table.labels = {"Happy", "calm"};
  table.speakers = {"s1", ""};
  table.sentences = {"", "t"};
  table.corpora = {"c", "c"};
  table.paths = {"a.wav", "ä/b.wav"};
  table.ids = {"a", "b"};
  table.failed_paths = {"x.wav"};
  table.failed_reasons = {"audio_unreadable: x.wav: no"};
  table.origin = {"enc", "f00", 12, "mean", "libswresample soxr", "1.2.3"};
  return table;
}

TEST(EmbeddingFile, WhatIsWrittenReadsBack) {
  const test::TemporaryFolder folder;
  const EmbeddingTable table = example();
  write_embeddings(folder / "e.npz", table);
  const EmbeddingTable read = read_embeddings(folder / "e.npz");
  ASSERT_EQ(read.embeddings.rows(), 2U);
  ASSERT_EQ(read.embeddings.cols(), 3U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(read.embeddings.data()[i], table.embeddings.data()[i]);
  }
  EXPECT_EQ(read.labels, table.labels);
  EXPECT_EQ(read.speakers, table.speakers);
  EXPECT_EQ(read.sentences, table.sentences);
  EXPECT_EQ(read.corpora, table.corpora);
  EXPECT_EQ(read.paths, table.paths);
  EXPECT_EQ(read.ids, table.ids);
  EXPECT_EQ(read.failed_paths, table.failed_paths);
  EXPECT_EQ(read.failed_reasons, table.failed_reasons);
  EXPECT_EQ(read.origin.encoder, "enc");
  EXPECT_EQ(read.origin.encoder_fingerprint, "f00");
  EXPECT_EQ(read.origin.layer, 12U);
  EXPECT_EQ(read.origin.pooling, "mean");
  EXPECT_EQ(read.origin.resampler, "libswresample soxr");
  EXPECT_EQ(read.origin.undertone_version, "1.2.3");
  write_embeddings(folder / "again.npz", read);
  EXPECT_EQ(test::read_file(folder / "e.npz"), test::read_file(folder / "again.npz"));
}

TEST(EmbeddingFile, ListsThatDoNotFitAreOurDefect) {
  const test::TemporaryFolder folder;
  EmbeddingTable table = example();
  table.labels.pop_back();
  EXPECT_UNDERTONE_ERROR(write_embeddings(folder / "e.npz", table), ErrorCode::kInternal, "labels");
}

class ForeignEmbeddingFile : public ::testing::Test {
 protected:
  ForeignEmbeddingFile() {
    const std::vector<double> values = {1, 2, 3, 4};
    arrays_["embeddings"] = tensor::make_array(std::span(values), {2, 2});
    arrays_["encoder"] = tensor::make_scalar("e");
    arrays_["encoder_fingerprint"] = tensor::make_scalar("f");
    arrays_["pooling"] = tensor::make_scalar("mean");
    const std::int64_t layer = 3;
    arrays_["layer"] = tensor::make_array(std::span(&layer, 1), {});
  }

  EmbeddingTable read() {
    tensor::write_npz(folder_ / "e.npz", arrays_);
    return read_embeddings(folder_ / "e.npz");
  }

  const test::TemporaryFolder folder_;
  Arrays arrays_;
};

TEST_F(ForeignEmbeddingFile, DoublesAndMissingListsAreTaken) {
  const EmbeddingTable table = read();
  EXPECT_EQ(table.embeddings(1, 0), 3.0F);
  EXPECT_EQ(table.labels, (std::vector<std::string>{"", ""}));
  EXPECT_EQ(table.origin.layer, 3U);
}

TEST_F(ForeignEmbeddingFile, WhatIsMissingIsNamed) {
  for (const auto* name : {"embeddings", "encoder", "encoder_fingerprint", "pooling", "layer"}) {
    const Arrays before = arrays_;
    arrays_.erase(name);
    EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, name);
    arrays_ = before;
  }
}

TEST_F(ForeignEmbeddingFile, WhatDoesNotFitIsNamed) {
  arrays_["labels"] = tensor::make_array(std::vector<std::string>{"Sad"});
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "'labels' has 1 elements where there");
  arrays_["labels"] = arrays_["embeddings"];
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "'labels' is not");
  arrays_.erase("labels");
  const Arrays before = arrays_;
  arrays_["embeddings"] = arrays_["encoder"];
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "two-dimensional");
  arrays_ = before;
  arrays_["layer"] = arrays_["encoder"];
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "'layer'");
  arrays_ = before;
  arrays_["pooling"] = arrays_["layer"];
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "'pooling' is not a text");
}

}  // namespace
}  // namespace undertone::pipeline

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
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "two- or three-dimensional");
  arrays_ = before;
  arrays_["layer"] = arrays_["encoder"];
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "'layer'");
  arrays_ = before;
  arrays_["pooling"] = arrays_["layer"];
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "'pooling' is not a text");
}

TEST_F(ForeignEmbeddingFile, OneOfSeveralLayersIsRead) {
  std::vector<float> values(2 * 3 * 2);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  arrays_["embeddings"] = tensor::make_array(std::span<const float>(values), {2, 3, 2});
  const std::vector<std::int64_t> layers = {0, 4, 9};
  arrays_["layer"] = tensor::make_array(std::span(layers), {3});
  const EmbeddingTable last = read();
  EXPECT_EQ(last.origin.layer, 9U);
  EXPECT_EQ(last.layers, (std::vector<std::size_t>{0, 4, 9}));
  EXPECT_EQ(last.embeddings(0, 0), 4.0F);
  EXPECT_EQ(last.embeddings(1, 1), 11.0F);
  const EmbeddingTable middle = read_embeddings(folder_ / "e.npz", 4);
  EXPECT_EQ(middle.origin.layer, 4U);
  EXPECT_EQ(middle.embeddings(0, 0), 2.0F);
  EXPECT_EQ(middle.embeddings(1, 1), 9.0F);
  EXPECT_EQ(middle.labels.size(), 2U);
  EXPECT_UNDERTONE_ERROR(read_embeddings(folder_ / "e.npz", 3), ErrorCode::kInvalidArgument,
                         "no embeddings of layer 3, but of 0, 4, 9");
}

TEST_F(ForeignEmbeddingFile, TheOnlyLayerIsTheOnlyOne) {
  EXPECT_EQ(read().layers, std::vector<std::size_t>{3});
  EXPECT_EQ(read_embeddings(folder_ / "e.npz", 3).origin.layer, 3U);
  EXPECT_UNDERTONE_ERROR(read_embeddings(folder_ / "e.npz", 0), ErrorCode::kInvalidArgument,
                         "no embeddings of layer 0, but of 3");
}

TEST_F(ForeignEmbeddingFile, LayersThatDoNotFitAreNamed) {
  const std::vector<std::int64_t> two = {0, 1};
  arrays_["layer"] = tensor::make_array(std::span(two), {2});
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "'layer' names 2 hidden states");
  for (const std::vector<std::int64_t>& bad :
       {std::vector<std::int64_t>{1, 1}, {1, 0}, {-1, 0}, {0, 100001}}) {
    arrays_["layer"] = tensor::make_array(std::span(bad), {2});
    EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "where the number of a layer belongs");
  }
  arrays_["layer"] = tensor::make_array(std::span<const std::int64_t>(), {0});
  EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "'layer' is neither");
}

// A few bytes may claim any number of rows if a row has no values.
TEST_F(ForeignEmbeddingFile, RowsOfNothingAreRefused) {
  for (const std::vector<std::uint64_t>& shape :
       {std::vector<std::uint64_t>{1ULL << 60, 0}, {1ULL << 60, 1, 0}}) {
    arrays_["embeddings"] = tensor::make_array(std::span<const float>(), shape);
    EXPECT_UNDERTONE_ERROR(read(), ErrorCode::kDataInvalid, "rows of no values");
  }
}

TEST(EmbeddingFile, RowsAreWrittenAsTheyCome) {
  const test::TemporaryFolder folder;
  EmbeddingTable table = example();
  write_embeddings(folder / "whole.npz", table);
  const EmbeddingRows rows{2, 3, {12}, [&](std::size_t row, std::span<float> values) {
                             for (std::size_t i = 0; i < 3; ++i) {
                               values[i] = 0.5F * static_cast<float>(3 * row + i);
                             }
                           }};
  table.embeddings = {};
  write_embeddings(folder / "rows.npz", table, rows, {});
  EXPECT_EQ(test::read_file(folder / "whole.npz"), test::read_file(folder / "rows.npz"));
}

class Join : public ::testing::Test {
 protected:
  Join() {
    for (const char* name : {"a.npz", "b.npz"}) {
      tables_.push_back(example());
      tables_.back().source = name;
      tables_.back().layers = {0, 12};
    }
  }

  void expect_refused(const std::string& message) {
    EXPECT_UNDERTONE_ERROR(join(std::move(tables_)), ErrorCode::kModelMismatch, message);
  }

  std::vector<EmbeddingTable> tables_;
};

TEST_F(Join, PutsRowsOneAfterTheOther) {
  tables_[0].columns["sex"] = {"male", "female"};
  tables_[1].columns["age"] = {"30", "40"};
  tables_[1].layers = {1, 12};
  tables_[1].embeddings(0, 0) = 7.0F;
  tables_[1].origin.undertone_version = "2.0.0";
  const EmbeddingTable joined = join(std::move(tables_));
  ASSERT_EQ(joined.embeddings.rows(), 4U);
  EXPECT_EQ(joined.embeddings(1, 2), 2.5F);
  EXPECT_EQ(joined.embeddings(2, 0), 7.0F);
  EXPECT_EQ(joined.embeddings(3, 2), 2.5F);
  EXPECT_EQ(joined.labels, (std::vector<std::string>{"Happy", "calm", "Happy", "calm"}));
  EXPECT_EQ(joined.columns.at("sex"), (std::vector<std::string>{"male", "female", "", ""}));
  EXPECT_EQ(joined.columns.at("age"), (std::vector<std::string>{"", "", "30", "40"}));
  EXPECT_EQ(joined.ids, (std::vector<std::string>{"0", "1", "2", "3"}));
  EXPECT_EQ(joined.layers, std::vector<std::size_t>{12});
  EXPECT_EQ(joined.failed_paths.size(), 2U);
  EXPECT_EQ(joined.source, "a.npz, b.npz");
  EXPECT_EQ(joined.origin.undertone_version, "1.2.3, 2.0.0");
}

TEST_F(Join, OneTableStaysAsItIs) {
  tables_.pop_back();
  EXPECT_EQ(join(std::move(tables_)).ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_UNDERTONE_ERROR(join({}), ErrorCode::kInvalidArgument, "no embeddings");
}

TEST_F(Join, AnotherEncoderIsRefused) {
  tables_[1].origin.encoder_fingerprint = "f01";
  expect_refused("the encoder of a.npz is enc (f00), that of b.npz is enc (f01)");
}

TEST_F(Join, FingerprintsThatBeginAlikeAreToldApart) {
  tables_[0].origin.encoder_fingerprint = "0123456789abcdef0";
  tables_[1].origin.encoder_fingerprint = "0123456789abcdef1";
  expect_refused("is 0123456789abcdef0, that of b.npz is 0123456789abcdef1");
}

TEST_F(Join, AnotherNameForTheSameEncoderIsTaken) {
  tables_[1].origin.encoder = "owner/enc";
  EXPECT_EQ(join(std::move(tables_)).origin.encoder, "enc");
}

TEST_F(Join, AnotherLayerPoolingOrDimensionIsRefused) {
  tables_[1].origin.layer = 11;
  expect_refused("the layer of a.npz is 12, that of b.npz is 11");
  tables_.clear();
  tables_.push_back(example());
  tables_.push_back(example());
  tables_[1].origin.pooling = "mean+std";
  expect_refused("the pooling of a table of embeddings is mean, that");
  tables_.clear();
  tables_.push_back(example());
  tables_.push_back(example());
  tables_[1].embeddings = tensor::Matrix<float>(2, 4);
  expect_refused("dimension");
}

}  // namespace
}  // namespace undertone::pipeline

// Whether weights look as if nothing had ever been learned with them.
#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::encoder {

// In the metadata of a safetensors file whose weights were drawn at random: key and value.
inline constexpr std::string_view kWeightsKey = "undertone_weights";
inline constexpr std::string_view kRandomWeights = "random";

// Is shown the tensors of an encoder one by one and says whether they look untrained, by either of
//  - exactness: every LayerNorm weight of the transformer is 1 and every bias 0, as modules are
//    initialised, and as they never are after the first step;
//  - independence: its matrices look like independent draws from one distribution. The rows (and
//    columns) of such a matrix have nearly the same length: of D entries with kurtosis κ the
//    squared length varies by (κ - 1)/D of its mean squared. Training makes some rows and columns
//    count more than others. The measured variance divided by the expected one, averaged over the
//    matrices, is about 1 for draws of any shape and scale; the shipped encoder has 9 in rows and 3
//    in columns. At most 2 in both counts as drawn.
// Up to 64 rows of a matrix are looked at. Thread-safe; a Tensor is not.
class TrainingSigns {
 public:
  // What there is to see in one tensor, as its values go by.
  class Tensor {
   public:
    // `name`: as in a checkpoint, "encoder.layers.3.attention.q_proj.weight".
    Tensor(std::string_view name, std::span<const std::size_t> shape);

    // The next of its values, row-major; of a matrix whole rows.
    void add(std::span<const float> values);

   private:
    friend class TrainingSigns;
    enum class Kind { kOther, kNorm, kBias, kMatrix };

    void add_row(std::span<const float> row);

    Kind kind_ = Kind::kOther;
    std::size_t rows_ = 0;   // all of a matrix's
    std::size_t next_ = 0;   // row that comes next
    std::size_t fresh_ = 0;  // of a norm or bias: values that are as initialised, and that are not
    std::size_t moved_ = 0;
    // Of the rows that are looked at: squared lengths, so far; sums of squares and fourth powers.
    std::size_t looked_at_ = 0;
    std::vector<double> of_row_;
    std::vector<double> of_column_;
    double squares_ = 0;
    double fourths_ = 0;
  };

  // A tensor all of whose values went by.
  void add(const Tensor& tensor);

  // What speaks against the encoder, as the end of a sentence that begins with its name; "" where
  // nothing does.
  std::string doubt() const;

  // The averages described above, rows and columns; 0 where there was no matrix.
  double row_dispersion() const;
  double column_dispersion() const;

 private:
  mutable std::mutex mutex_;
  std::size_t matrices_ = 0;
  double rows_ = 0;  // sums over the matrices
  double columns_ = 0;
  std::size_t fresh_ = 0;  // values that are as initialised, of norms and biases
  std::size_t moved_ = 0;
};

}  // namespace undertone::encoder

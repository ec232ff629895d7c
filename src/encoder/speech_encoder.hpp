// The frozen speech encoder: a waveform to frames of hidden states.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <undertone/context.hpp>

#include "common/function_ref.hpp"
#include "common/profile.hpp"
#include "common/thread_pool.hpp"
#include "encoder/config.hpp"
#include "encoder/kernels/instruction_set.hpp"
#include "encoder/kernels/matrix_product.hpp"
#include "encoder/kernels/precision.hpp"
#include "encoder/packed_parts.hpp"
#include "tensor/matrix.hpp"

namespace undertone::encoder {

struct LoadOptions {
  // What messages and bundles call it; by default the name it was asked for by or its folder's.
  std::string name{};
  std::optional<InstructionSet> instruction_set{};  // default: usable_instruction_set()
  std::optional<ProductBackend> backend{};          // default: preferred_backend(...)
  // Of the large products; by default that of a packed folder, else kF32. What the instruction set
  // has no products for (see fast_precisions) is computed by loops: right, and very slow.
  std::optional<Precision> precision{};
  // Of a Whisper encoder; empty: as its configuration says. Another encoder is refused with one.
  std::optional<Context> context{};
  // Told of what is odd but not wrong (a missing preprocessor_config.json, weights that look
  // untrained ...).
  std::function<void(std::string_view)> warn{};
  // Filled with what the layers consist of, if given: see packed_checkpoint.hpp.
  PackedParts* parts = nullptr;
};

// The memory that one call of encode() works in: grows to what the longest clip needs and is then
// used again. One call at a time; a thread of its own each for concurrent calls.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

  struct Buffers;  // defined where it is used

 private:
  friend class SpeechEncoder;
  std::unique_ptr<Buffers> buffers_;
};

// An immutable, thread-safe encoder. Hidden state 0 is what enters the first transformer layer,
// hidden state i what leaves layer i; the last is after the final LayerNorm, as `hidden_states` of
// the transformers library.
class SpeechEncoder {
 public:
  // Reads a checkpoint folder (config.json; model.safetensors, pytorch_model.bin or a sharded
  // index) and packs the weights on the pool's threads, or maps those of a packed folder, which
  // have to stay in place while the encoder lives. Throws Error(kModelNotFound, kModelCorrupt,
  // kModelUnsupported, kGitLfsPointer), and Error(kInvalidArgument) for a context that the encoder
  // has not and for another precision than a folder is packed in.
  static std::unique_ptr<const SpeechEncoder> load(const std::filesystem::path& folder,
                                                   const LoadOptions& options, ThreadPool& pool);
  ~SpeechEncoder();

  const EncoderConfig& config() const noexcept;
  const std::string& name() const noexcept;

  // SHA-256 over the computation's parameters: the configuration, and of each tensor the name, the
  // shape and up to 4096 evenly spaced values. Equal for the same weights in another file format;
  // tells encoders apart, proves nothing.
  const std::string& fingerprint() const noexcept;

  // Why the weights look untrained, as the end of a sentence that begins with the encoder's name;
  // "" where they do not. Embeddings of such an encoder are no finding, whatever they score.
  const std::string& doubt() const noexcept;

  InstructionSet instruction_set() const noexcept;
  ProductBackend backend() const noexcept;
  Precision precision() const noexcept;

  std::size_t dimension() const noexcept { return config().hidden_size; }
  std::size_t last_layer() const noexcept { return config().layers; }

  // The hidden state after `layer` transformer layers, [frames, dimension()]; layers above are not
  // computed. `waveform`: mono samples at 16 kHz, at least config().receptive_field() of them, else
  // Error(kAudioTooShort); if they are more than config().max_samples() or `layer` is above
  // last_layer(), Error(kInvalidArgument). The view is into the workspace and valid until its next
  // use. Of Whisper, the frames that carry audio.
  //
  // With a pool the work of one clip is shared out to its threads; the result does not depend on
  // how many.
  tensor::MatrixView<const float> encode(std::span<const float> waveform, std::size_t layer,
                                         Workspace& workspace, ThreadPool* pool = nullptr) const;

  // The same for all hidden states from 0 to `layer` in one pass: visit(i, state) is called for
  // each in order. Where the time goes is added to the profile, if there is one.
  using Visitor =
      FunctionRef<void(std::size_t layer, tensor::MatrixView<const float> hidden_state)>;
  void encode_all(std::span<const float> waveform, std::size_t layer, Workspace& workspace,
                  ThreadPool* pool, Visitor visit, Profile* profile = nullptr) const;

 private:
  struct Network;
  explicit SpeechEncoder(std::unique_ptr<const Network> network);
  std::unique_ptr<const Network> network_;
};

}  // namespace undertone::encoder

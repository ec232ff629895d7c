// Checkpoints with random weights: of the right names, shapes and scale, for tests and
// measurements where the real weights are not at hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "common/thread_pool.hpp"
#include "encoder/config.hpp"
#include "tensor/tensor_archive.hpp"

namespace undertone::encoder {

// All weights of the architecture, float32, named as the transformers library's HubertModel,
// Wav2Vec2Model and WavLMModel name them, and WhisperForConditionalGeneration its encoder.
std::vector<tensor::TensorInfo> checkpoint_tensors(const EncoderConfig& config);

// Value i of the tensor `name`: about normally distributed, scaled so that activations stay of unit
// size (weights by 1/sqrt(fan-in); norms 1 + n/8 and n/8; biases n/8; position biases n). Integers
// are drawn from a counter and only scaled by one rounded operation, so the values are the same on
// every machine.
float random_weight(const tensor::TensorInfo& tensor, const EncoderConfig& config,
                    std::uint64_t seed, std::uint64_t i);

// Writes config.json, preprocessor_config.json and model.safetensors into `folder`, which is made
// if need be; the weights in bounded memory. The file says in its metadata that its weights are
// random (see training_signs.hpp). Throws Error(kOutputExists) if any of the files is
// there and not `overwrite`, and Error(kFileUnwritable).
void write_random_checkpoint(const EncoderConfig& config, std::uint64_t seed,
                             const std::filesystem::path& folder, bool overwrite, ThreadPool& pool);

}  // namespace undertone::encoder

// Writing an encoder in the form that kernels read.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "common/thread_pool.hpp"
#include "encoder/kernels/instruction_set.hpp"
#include "encoder/kernels/precision.hpp"

namespace undertone::encoder {

struct PackOptions {
  Precision precision = Precision::kF32;
  std::optional<InstructionSet> instruction_set{};  // default: usable_instruction_set()
  bool overwrite = false;
  // Of the checkpoint's other tensors those that are carried along as they are (a head's); by
  // default none.
  std::function<bool(std::string_view name)> carry{};
};

// Writes an encoder from `folder` into `output`, which is made if need be: packed.safetensors,
// config.json and, where they are, preprocessor_config.json and bundle.safetensors; config.json
// last, by which a folder is known for an encoder's. It gives the bits that its source gives on
// this instruction set, and has its fingerprint. Throws what SpeechEncoder::load throws,
// Error(kInvalidArgument) if `folder` is packed already or is `output`, Error(kOutputExists) if any
// of the files is there and not `overwrite`, and Error(kFileUnwritable).
void write_packed_checkpoint(const std::filesystem::path& folder,
                             const std::filesystem::path& output, const PackOptions& options,
                             ThreadPool& pool);

}  // namespace undertone::encoder

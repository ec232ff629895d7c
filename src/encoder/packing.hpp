// What a checkpoint in packed form says of itself.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "encoder/kernels/packed_panels.hpp"
#include "encoder/kernels/precision.hpp"
#include "tensor/tensor_archive.hpp"

namespace undertone::encoder {

// A checkpoint's matrices as kernels read them, in one safetensors file: `undertone models pack`
// writes it, the mapped file is used as it is. docs/formats.md describes it.
inline constexpr std::string_view kPackedFile = "packed.safetensors";

// Endings of the names of a matrix's tensors.
inline constexpr std::string_view kPanelsEnding = ".panels";  // [panels, lanes, values of a row]
inline constexpr std::string_view kScalesEnding = ".scales";  // of kInt8
inline constexpr std::string_view kSumsEnding = ".sums";      // of kInt8
inline constexpr std::string_view kBiasEnding = ".bias";

// Keys of the metadata.
inline constexpr const char* kLayoutKey = "undertone_packed";  // kPanelLayout
inline constexpr const char* kPrecisionKey = "undertone_precision";
inline constexpr const char* kDigestsKey = "undertone_digests";
inline constexpr const char* kDoubtKey = "undertone_doubt";  // left out where there is none

struct Packing {
  Precision precision = Precision::kF32;  // that was asked for; single matrices may have more
  std::string digests;                    // see CheckpointWeights::digests
  std::string doubt;                      // see SpeechEncoder::doubt
};

// Nothing for an archive that is not packed. Throws Error(kModelUnsupported) for another layout
// than kPanelLayout and Error(kModelCorrupt) for metadata that make no sense.
std::optional<Packing> packing_of(const tensor::TensorArchive& archive);

// The same of a folder; nothing for one without a packed file.
std::optional<Packing> packing_in(const std::filesystem::path& folder);

// The type of panels in a precision, and back; nothing for a type that panels do not have.
tensor::DType panel_type(Precision precision);
std::optional<Precision> panel_precision(tensor::DType type);

// Throws Error(kModelCorrupt) if a number in a packed archive's panels is not finite. Reads all of
// it, which loading does not.
void require_finite_panels(const tensor::TensorArchive& archive);

}  // namespace undertone::encoder

// Writes all hidden states of an encoder for a waveform, for comparison with another
// implementation:
//
//   undertone_hidden_states ENCODER-FOLDER WAVEFORM.npy OUT.npz

#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "encoder/speech_encoder.hpp"
#include "tensor/npy.hpp"

int main(int argc, char** argv) {
  using namespace undertone;
  if (argc != 4) {
    std::fputs("usage: undertone_hidden_states ENCODER-FOLDER WAVEFORM.npy OUT.npz\n", stderr);
    return 2;
  }
  try {
    ThreadPool pool(available_threads());
    const auto encoder = encoder::SpeechEncoder::load(argv[1], {}, pool);
    const tensor::NpyArray array = tensor::read_npy(argv[2]);
    if (array.type != tensor::NpyArray::Type::kFloat32)
      throw std::runtime_error("the waveform must be float32");
    std::vector<float> waveform(array.element_count());
    std::memcpy(waveform.data(), array.data.data(), array.data.size());
    std::map<std::string, tensor::NpyArray> states;
    encoder::Workspace workspace;
    encoder->encode_all(waveform, encoder->last_layer(), workspace, &pool,
                        [&](std::size_t layer, tensor::MatrixView<const float> state) {
                          states["hidden_state_" + std::to_string(layer)] = tensor::make_array(
                              std::span(state.data(), state.rows() * state.cols()),
                              {state.rows(), state.cols()});
                        });
    tensor::write_npz(argv[3], states);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "undertone_hidden_states: %s\n", error.what());
    return 1;
  }
}

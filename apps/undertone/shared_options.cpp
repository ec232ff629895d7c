#include "undertone/shared_options.hpp"

namespace undertone::cli {

void add_encoder_options(CLI::App& command, std::string& encoder, std::optional<Context>& context,
                         std::string& precision) {
  command
      .add_option("--encoder", encoder,
                  "Encoder: a shipped one's name, owner/name in the hub's cache, or a folder "
                  "(default: undertone-small)")
      ->type_name("NAME|DIR");
  command
      .add_option_function<std::string>(
          "--context",
          [&context](const std::string& name) {
            context = name == "clip" ? Context::kClip : Context::kPadded;
          },
          "Of Whisper: 'padded' hears silence after the clip up to 30 s, as OpenAI trained it; "
          "'clip' the clip alone (default: as the checkpoint was trained)")
      ->check(CLI::IsMember({"padded", "clip"}));
  command
      .add_option("--precision", precision,
                  "Of the encoder's products: f32, bf16 or int8 where the processor has them, or "
                  "auto for the fastest that keeps labels (default: f32)")
      ->type_name("f32|bf16|int8|auto");
}

void add_classifier_option(CLI::App& command, std::string& model) {
  command
      .add_option("--model", model,
                  "Classifier (default: bundle.safetensors in the encoder's folder, else the head "
                  "of its checkpoint)")
      ->type_name("FILE");
}

void add_threads_option(CLI::App& command, unsigned& threads) {
  command.add_option("--threads", threads, "Threads to use (default: all)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
}

}  // namespace undertone::cli

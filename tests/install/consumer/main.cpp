// Uses Undertone as a program that links it would: through its public headers alone.

#include <cstdio>
#include <exception>

#include <undertone/error.hpp>
#include <undertone/version.hpp>

int main() {
  try {
    throw undertone::Error(undertone::ErrorCode::kAudioTooShort, "a message", "a hint");
  } catch (const undertone::Error& error) {
    if (undertone::to_string(error.code()) != "audio_too_short" || error.hint() != "a hint")
      return 1;
  } catch (const std::exception&) {
    return 1;
  }
  const std::string_view version = undertone::version();
  std::printf("%.*s\n", static_cast<int>(version.size()), version.data());
  return 0;
}

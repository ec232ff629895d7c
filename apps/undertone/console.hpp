// Standard output and error: written whole or reported, and what they are connected to.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace undertone::cli {

// The reader of our standard output has closed it (`undertone ... | head`).
class OutputClosed : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output was closed"; }
};

// Writes all of the text at once. Throws OutputClosed, or Error(kFileUnwritable) with the system's
// reason (a full disk, say).
void print(std::string_view text);

// Writes what can be written; there is nowhere left to report a failure.
void print_to_stderr(std::string_view text) noexcept;

bool stdout_is_terminal();
bool stderr_is_terminal();

// Standard output is a terminal that shows colours and NO_COLOR (https://no-color.org) is not set.
bool colour_wanted();

// The locale's characters are UTF-8.
bool utf8_locale();

// The text with control characters, which could steer a terminal, replaced by '?'.
std::string printable(std::string_view text);

// How many columns UTF-8 text takes, as far as code points tell.
std::size_t display_width(std::string_view text);

// Makes descriptors 0 to 2 refer to something, so that no file that is opened later takes the place
// of a closed standard output; lets writes to closed pipes fail instead of ending the process; sets
// the locale of characters. Call once, first.
void prepare_console();

}  // namespace undertone::cli

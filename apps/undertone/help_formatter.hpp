// How `--help` looks.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace undertone::cli {

// Descriptions in lines that a terminal shows whole; of the values that an option takes only their
// names, for what is out of a range is told when it is given.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();

  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_expanded(const CLI::App* group) const override;
};

}  // namespace undertone::cli

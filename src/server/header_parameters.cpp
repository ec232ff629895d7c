#include "server/header_parameters.hpp"

#include <cstddef>
#include <stdexcept>

#include "server/http_syntax.hpp"

namespace undertone::server {
namespace {

bool is_unquoted_value_character(char c) {
  return is_token_character(c) || std::string_view("()/:=?@[]").find(c) != std::string_view::npos;
}

class ParameterParser {
 public:
  ParameterParser(std::string_view text, Quoting quoting) : rest_(text), quoting_(quoting) {}

  std::vector<std::pair<std::string, std::string>> parse() {
    std::vector<std::pair<std::string, std::string>> parameters;
    for (;;) {
      skip_spaces();
      if (rest_.empty()) return parameters;
      if (!take(';')) throw std::invalid_argument("a ';' is missing between its parameters");
      skip_spaces();
      if (rest_.empty() || rest_.front() == ';') continue;  // an empty parameter is allowed
      std::string name = lower(take_while(is_token_character));
      if (name.empty()) throw std::invalid_argument("a parameter has no proper name");
      if (!take('=')) throw std::invalid_argument("the parameter '" + name + "' has no value");
      std::string value = take('"') ? quoted_rest(name) : unquoted(name);
      parameters.emplace_back(std::move(name), std::move(value));
    }
  }

 private:
  void skip_spaces() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
  }

  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view take_while(bool (*belongs)(char)) {
    std::size_t length = 0;
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  std::string unquoted(const std::string& name) {
    const std::string_view value = take_while(is_unquoted_value_character);
    if (value.empty()) throw std::invalid_argument("the parameter '" + name + "' has no value");
    return std::string(value);
  }

  std::string quoted_rest(const std::string& name) {
    std::string value;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c == '\\' && !rest_.empty() && is_escapable(rest_.front())) {
        value += rest_.front();
        rest_.remove_prefix(1);
      } else if (c == '%' && quoting_ == Quoting::kForm && is_browsers_escape(rest_)) {
        value += static_cast<char>(hex_value(rest_[0]) * 16 + hex_value(rest_[1]));
        rest_.remove_prefix(2);
      } else {
        value += c;
      }
    }
    throw std::invalid_argument("the quotes of the parameter '" + name + "' do not end");
  }

  bool is_escapable(char c) const { return quoting_ == Quoting::kHttp || c == '"' || c == '\\'; }

  static bool is_browsers_escape(std::string_view text) {
    const std::string digits = lower(text.substr(0, 2));
    return digits == "22" || digits == "0d" || digits == "0a";
  }

  std::string_view rest_;
  Quoting quoting_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_header_parameters(std::string_view text,
                                                                         Quoting quoting) {
  return ParameterParser(text, quoting).parse();
}

}  // namespace undertone::server

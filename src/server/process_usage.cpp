#include "server/process_usage.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace undertone::server {
namespace {

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  for (;;) {
    const std::size_t begin = text.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return result;
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    result.push_back(word);
    text.remove_prefix(word.size());
  }
}

std::optional<double> number(std::string_view word) {
  std::uint64_t value = 0;
  const char* end = word.data() + word.size();
  const auto [stop, failure] = std::from_chars(word.data(), end, value);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<double> boot_time_s(std::string_view stat) {
  constexpr std::string_view kKey = "\nbtime ";
  const std::size_t key = stat.find(kKey);
  if (key == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(key + kKey.size());
  return number(stat.substr(0, stat.find('\n')));
}

std::string content_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

std::optional<ProcessUsage> parse_process_usage(std::string_view self_stat, std::string_view stat,
                                                double ticks_per_s, double page_bytes) {
  // The second field, the program's name, may hold spaces and parentheses.
  const std::size_t name_end = self_stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  const auto fields = words(self_stat.substr(name_end + 1));
  constexpr std::size_t kFirst = 3;  // as proc(5) counts
  const auto field = [&](std::size_t index) {
    return index - kFirst < fields.size() ? number(fields[index - kFirst]) : std::nullopt;
  };
  const auto user = field(14);
  const auto system = field(15);
  const auto start = field(22);
  const auto pages = field(24);
  const auto boot = boot_time_s(stat);
  if (!user || !system || !start || !pages || !boot || !(ticks_per_s > 0)) return std::nullopt;
  return ProcessUsage{*boot + *start / ticks_per_s, (*user + *system) / ticks_per_s,
                      *pages * page_bytes};
}

std::optional<ProcessUsage> process_usage() {
  return parse_process_usage(content_of("/proc/self/stat"), content_of("/proc/stat"),
                             static_cast<double>(sysconf(_SC_CLK_TCK)),
                             static_cast<double>(sysconf(_SC_PAGESIZE)));
}

}  // namespace undertone::server

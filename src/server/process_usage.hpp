// What this process has used, as the kernel counts it (proc(5)).
#pragma once

#include <optional>
#include <string_view>

namespace undertone::server {

struct ProcessUsage {
  double start_time_s = 0;  // since the epoch
  double cpu_s = 0;         // of all threads, user and system
  double resident_bytes = 0;
};

// Nothing where /proc is not to be read.
std::optional<ProcessUsage> process_usage();

// The same from the text of /proc/self/stat and the line "btime" of /proc/stat. Nothing if they are
// not of their form.
std::optional<ProcessUsage> parse_process_usage(std::string_view self_stat, std::string_view stat,
                                                double ticks_per_s, double page_bytes);

}  // namespace undertone::server

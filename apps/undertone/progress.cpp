#include "undertone/progress.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(std::clamp(seconds, 0.0, 359999.0));
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string doing, std::size_t total, Where where, std::string unit)
    : doing_(std::move(doing)),
      unit_(std::move(unit)),
      total_(total),
      terminal_(where != Where::kNowhere && stderr_is_terminal()),
      plain_(where == Where::kAnywhere && !stderr_is_terminal()),
      begin_(Clock::now()),
      last_(begin_) {}

Progress::~Progress() { clear(); }

std::string Progress::line() const {
  const double elapsed = Seconds(Clock::now() - begin_).count();
  const std::size_t done_now = done_ - done_before_;
  const double rate = elapsed > 0 ? static_cast<double>(done_now) / elapsed : 0.0;
  std::string text = fmt::format("{} {}/{}", doing_, done_, total_);
  if (done_now > 0 && rate > 0) {
    text += fmt::format(", {:.1f} {}/s", rate, unit_);
    if (audio_s_ > audio_before_s_) {
      text += fmt::format(", {:.0f} s of audio/s", (audio_s_ - audio_before_s_) / elapsed);
    }
    if (done_ < total_) {
      text += fmt::format(", {} left", clock_text(static_cast<double>(total_ - done_) / rate));
    } else {
      text += fmt::format(", {}", clock_text(elapsed));
    }
  }
  return text;
}

void Progress::draw() {
  constexpr std::size_t kWidth = 24;
  const std::size_t filled = total_ == 0 ? kWidth : done_ * kWidth / total_;
  print_to_stderr(
      fmt::format("\r\x1b[K[{:#<{}}{:.<{}}] {}", "", filled, "", kWidth - filled, line()));
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) print_to_stderr("\r\x1b[K");
  drawn_ = false;
}

void Progress::start_at(std::size_t done, double audio_s) {
  done_ = done_before_ = done;
  audio_s_ = audio_before_s_ = audio_s;
  begin_ = Clock::now();
}

void Progress::advance(std::size_t done, double audio_s) {
  done_ = done;
  audio_s_ = audio_s;
  const auto now = Clock::now();
  if (terminal_ && (now - last_ > std::chrono::milliseconds(100) || done_ == total_)) {
    last_ = now;
    draw();
  } else if (plain_ && (now - last_ > std::chrono::seconds(10) || done_ == total_)) {
    last_ = now;
    print_to_stderr(line() + '\n');
  }
}

void Progress::note(const std::string& text) {
  clear();
  print_to_stderr(text + '\n');
}

void Progress::finish() {
  if (std::exchange(drawn_, false)) print_to_stderr("\n");
}

}  // namespace undertone::cli

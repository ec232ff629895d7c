#include "undertone/interrupt.hpp"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <string>
#include <unistd.h>
#include <utility>

#include <undertone/error.hpp>

#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

// A handler may only do what is async-signal-safe, so it writes to a pipe that a thread reads.
int pipe_ends[2] = {-1, -1};
constexpr char kSignal = 's';
constexpr char kQuit = 'q';

extern "C" void on_signal(int) {
  const int saved = errno;
  // A full pipe holds enough signals already.
  [[maybe_unused]] const ssize_t ignored = write(pipe_ends[1], &kSignal, 1);
  errno = saved;
}

void handle_signals_by(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void watch(std::stop_source source, const std::string& what_follows) {
  for (;;) {
    char what = 0;
    const ssize_t got = read(pipe_ends[0], &what, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1 || what == kQuit) return;
    if (source.stop_requested()) _exit(130);
    print_to_stderr("\nStopping: " + what_follows + ". Once more to stop at once.\n");
    source.request_stop();
  }
}

}  // namespace

InterruptWatch::InterruptWatch(std::string what_follows) {
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
    throw Error(ErrorCode::kInternal, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK);
  thread_ = std::jthread(watch, source_, std::move(what_follows));
  handle_signals_by(on_signal);
}

InterruptWatch::~InterruptWatch() {
  handle_signals_by(SIG_DFL);
  [[maybe_unused]] const ssize_t ignored = write(pipe_ends[1], &kQuit, 1);
  thread_.join();
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

void InterruptWatch::wait() const {
  std::mutex mutex;
  std::condition_variable_any nothing;
  std::unique_lock lock(mutex);
  nothing.wait(lock, source_.get_token(), [] { return false; });
}

}  // namespace undertone::cli

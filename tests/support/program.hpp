// Runs the built program as a user would.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace undertone::test {

struct ProgramResult {
  int exit_code = -1;  // 128 + signal if one ended it
  std::string out;
  std::string err;
  long peak_kib = 0;  // resident memory
};

struct ProgramInput {
  std::string standard_input{};
  std::map<std::string, std::string> environment{};  // added to ours
  std::string working_folder{};
  std::string standard_output{};  // a file to open in place of the captured one; "-": closed
  int signal_at_output = 0;       // sent once anything has come from standard output
};

namespace detail {

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close_read();
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_read() {
    if (read_end >= 0) close(std::exchange(read_end, -1));
  }
  void close_write() {
    if (write_end >= 0) close(std::exchange(write_end, -1));
  }
};

// Reads what is there; false at the end.
inline bool drain(int descriptor, std::string& text) {
  char piece[65536];
  const ssize_t got = read(descriptor, piece, sizeof piece);
  if (got > 0) text.append(piece, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

}  // namespace detail

inline ProgramResult run_program(const std::string& program,
                                 const std::vector<std::string>& arguments,
                                 const ProgramInput& input = {}) {
  detail::Pipe in;
  detail::Pipe out;
  detail::Pipe err;
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    dup2(in.read_end, STDIN_FILENO);
    dup2(err.write_end, STDERR_FILENO);
    if (input.standard_output.empty()) {
      dup2(out.write_end, STDOUT_FILENO);
    } else if (input.standard_output == "-") {
      close(STDOUT_FILENO);
    } else {
      dup2(open(input.standard_output.c_str(), O_WRONLY), STDOUT_FILENO);
    }
    for (const auto& [name, value] : input.environment) setenv(name.c_str(), value.c_str(), 1);
    if (!input.working_folder.empty() && chdir(input.working_folder.c_str()) != 0) _exit(126);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  in.close_read();
  out.close_write();
  err.close_write();
  fcntl(in.write_end, F_SETFL, O_NONBLOCK);

  ProgramResult result;
  std::size_t written = 0;
  bool signalled = input.signal_at_output == 0;
  bool out_open = true;
  bool err_open = true;
  while (out_open || err_open) {
    if (in.write_end >= 0 && written == input.standard_input.size()) in.close_write();
    pollfd events[3] = {{out_open ? out.read_end : -1, POLLIN, 0},
                        {err_open ? err.read_end : -1, POLLIN, 0},
                        {in.write_end, POLLOUT, 0}};
    if (poll(events, 3, -1) < 0 && errno != EINTR) throw std::runtime_error("poll failed");
    if (events[0].revents != 0) out_open = detail::drain(out.read_end, result.out);
    if (events[1].revents != 0) err_open = detail::drain(err.read_end, result.err);
    if (!signalled && !result.out.empty()) {
      kill(child, input.signal_at_output);
      signalled = true;
    }
    if (events[2].revents != 0 && in.write_end >= 0) {
      const ssize_t count = write(in.write_end, input.standard_input.data() + written,
                                  input.standard_input.size() - written);
      if (count > 0) written += static_cast<std::size_t>(count);
      if (count < 0 && errno != EAGAIN && errno != EINTR) in.close_write();  // nobody reads it
    }
  }
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.peak_kib = usage.ru_maxrss;
  return result;
}

}  // namespace undertone::test

#include "apps/certify/bench/python_loop.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category());
    read = ends[0];
    write = ends[1];
  }
  int read, write;
};

}  // namespace

PythonLoop::PythonLoop(const std::vector<std::string>& command) : name_(command.front()) {
  const Pipe in, out;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.read, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int error =
      ::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(in.read);
  ::close(out.write);
  to_ = in.write;
  std::signal(SIGPIPE, SIG_IGN);  // should it die, write() says so
  from_ = ::fdopen(out.read, "r");
  if (error != 0) {
    pid_ = -1;
    throw DataError(fmt::format("--python {}: cannot be started: {}", name_,
                                std::generic_category().message(error)));
  }
  const nlohmann::json greeting = answer();
  torch_version_ = greeting.at("torch");
  default_threads_ = greeting.at("default_threads");
}

PythonLoop::~PythonLoop() {
  if (to_ >= 0) ::close(to_);  // it ends with its input
  if (from_) std::fclose(from_);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
}

nlohmann::json PythonLoop::answer() {
  char* line = nullptr;
  std::size_t size = 0;
  const auto length = ::getline(&line, &size, from_);
  const std::string text = length > 0 ? line : "";
  std::free(line);
  auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    throw DataError(
        fmt::format("--python {}: cohen_loop.py ended early; its reason is above", name_));
  }
  return json;
}

Measurement PythonLoop::measure(std::int64_t batch, int threads, double seconds) {
  const std::string request = fmt::format("{} {} {}\n", batch, threads, seconds);
  if (::write(to_, request.data(), request.size()) != static_cast<ssize_t>(request.size())) {
    throw DataError(fmt::format("--python {}: it is gone", name_));
  }
  const nlohmann::json m = answer();
  return {m.at("samples"), m.at("seconds"), m.at("cpu_seconds"), m.at("peak_mb")};
}

}  // namespace certify

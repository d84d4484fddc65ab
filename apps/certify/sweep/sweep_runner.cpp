#include "apps/certify/sweep/sweep_runner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kInterrupted = static_cast<int>(ExitCode::kInterrupted);

/// In the child. What the sweep resolved must not be resolved a second time from the environment.
[[noreturn]] void become(const SweepJob& job, const fs::path& folder, const fs::path& log,
                         pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before this process could ask to be told
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (out < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0) _exit(127);
  for (const OptionSpec& option : option_table()) unsetenv(environment_of(option).c_str());
  if (chdir(folder.c_str()) != 0) _exit(127);
  std::vector<char*> argv{const_cast<char*>("certify")};
  for (const std::string& word : job.arguments) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execv("/proc/self/exe", argv.data());
  _exit(127);
}

/// The last line that says what went wrong, so that the log need not be looked for.
std::string last_line(const fs::path& log) {
  if (!fs::exists(log)) return "";
  std::string text = read_file(log);
  while (text.ends_with('\n')) text.pop_back();
  const std::size_t error = text.rfind("error: ");
  return text.substr(error == std::string::npos ? text.rfind('\n') + 1 : error);
}

std::string images(const JobProgress& progress) {
  return progress.of < 0 ? "starting"
                         : fmt::format("{} of {} images", progress.images, progress.of);
}

}  // namespace

int SweepRunner::run_one(const SweepJob& job, const std::string& position) {
  const fs::path log_file = log_of(folder, job);
  const pid_t parent = getpid();
  signal(SIGCHLD, SIG_DFL);  // where it came in ignored, the job could not be waited for
  const pid_t child = fork();
  if (child < 0) throw IoError("cannot start a process: {}", std::strerror(errno));
  if (child == 0) become(job, folder, log_file, parent);
  const bool terminal = !quiet && isatty(STDERR_FILENO) != 0;
  bool told = false;
  int status = 0;
  auto next_line = Clock::now() + 30s;
  auto next_look = Clock::now() + 1s;
  pid_t ended = 0;
  while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
    if (stop && !told) {
      kill(child, SIGTERM);
      told = true;
    }
    std::this_thread::sleep_for(20ms);
    if (job.stage != JobStage::kSample || Clock::now() < next_look) continue;
    next_look = Clock::now() + 1s;
    if (terminal) {
      fmt::print(stderr, "\r\033[K{} {}: {}", position, job.id, images(progress_of(folder, job)));
    } else if (Clock::now() >= next_line) {
      next_line = Clock::now() + 30s;
      log.info("{} {}: {}", position, job.id, images(progress_of(folder, job)));
    }
  }
  if (terminal) fmt::print(stderr, "\r\033[K");
  if (ended < 0) throw IoError("cannot wait for a job: {}", std::strerror(errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int SweepRunner::run(std::span<const SweepJob> jobs,
                     const std::function<bool(const SweepJob&)>& chosen) {
  int worst = 0;
  std::set<std::string> lacking;  // jobs that failed, or whose needs did
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const SweepJob& job = jobs[i];
    if (!chosen(job)) continue;
    if (stop) return std::max(worst, kInterrupted);
    const std::string position = fmt::format("[{}/{}]", i + 1, jobs.size());
    if (progress_of(folder, job).state == JobState::kDone) continue;
    if (std::any_of(job.needs.begin(), job.needs.end(),
                    [&](const std::string& need) { return lacking.contains(need); })) {
      log.warn("{} {}: left out, as what it needs failed", position, job.id);
      lacking.insert(job.id);
      continue;
    }
    log.info("{} {}", position, job.id);
    int code = run_one(job, position);
    if (stop && code > 128) code = kInterrupted;  // by the signal that was handed on: no failure
    record_end(folder, job, code);
    worst = std::max(worst, code);
    if (code == kInterrupted && stop) return worst;
    if (code != 0) {
      lacking.insert(job.id);
      log.error("{} {} ended with exit code {}: {}\n  {}", position, job.id, code,
                last_line(log_of(folder, job)), log_of(folder, job).string());
    }
  }
  return worst;
}

}  // namespace certify

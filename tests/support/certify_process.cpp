#include "tests/support/certify_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "core/base/files.h"

namespace certify {
namespace {

void redirect(const std::filesystem::path& file, int fd) {
  const int opened = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (opened < 0 || dup2(opened, fd) < 0) _exit(127);
  close(opened);
}

void limit_file_size(std::int64_t bytes) {
  if (bytes <= 0) return;
  const rlimit limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
  setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace

CertifyProcess::CertifyProcess(const std::vector<std::string>& arguments, const Options& options) {
  static int number = 0;
  out_ = options.folder / ("stdout." + std::to_string(number));
  err_ = options.folder / ("stderr." + std::to_string(number++));
  std::vector<char*> argv{const_cast<char*>("certify")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  // Here and not in the child, which may be killed before it gets there.
  for (const auto& file : {out_, err_}) std::ofstream(file).close();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ > 0) return;
  redirect(out_, STDOUT_FILENO);
  redirect(err_, STDERR_FILENO);
  if (chdir(options.folder.c_str()) != 0) _exit(127);
  for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
  limit_file_size(options.file_size_limit);
  execv(CERTIFY_BINARY, argv.data());
  _exit(127);
}

CertifyProcess::~CertifyProcess() {
  if (ended_) return;
  send(SIGKILL);
  reap(0);
}

void CertifyProcess::send(int signal) {
  if (!ended_) kill(pid_, signal);
}

void CertifyProcess::reap(int flags) {
  if (!ended_ && waitpid(pid_, &status_, flags) == pid_) ended_ = true;
}

bool CertifyProcess::running() {
  reap(WNOHANG);
  return !ended_;
}

ProcessResult CertifyProcess::wait() {
  reap(0);
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  return {code, read_file(out_), read_file(err_)};
}

ProcessResult run_certify(const std::vector<std::string>& arguments,
                          const CertifyProcess::Options& options) {
  return CertifyProcess(arguments, options).wait();
}

}  // namespace certify

#pragma once
/// The real program in a process of its own, as a user starts it.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace certify {

struct ProcessResult {
  int exit_code = -1;  ///< 128 + signal for a process that a signal ended
  std::string out, err;
};

class CertifyProcess {
 public:
  struct Options {
    std::filesystem::path folder;                    ///< working folder, for the output files too
    std::map<std::string, std::string> environment;  ///< added to this process's own
    std::int64_t file_size_limit = 0;  ///< bytes; 0 for none. A stand-in for a full disk
  };
  /// Starts `certify ARGUMENTS…`.
  CertifyProcess(const std::vector<std::string>& arguments, const Options& options);
  ~CertifyProcess();  ///< kills it if it still runs
  CertifyProcess(const CertifyProcess&) = delete;
  CertifyProcess& operator=(const CertifyProcess&) = delete;

  void send(int signal);
  bool running();
  ProcessResult wait();

 private:
  void reap(int flags);

  std::filesystem::path out_, err_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

/// Runs it to the end.
ProcessResult run_certify(const std::vector<std::string>& arguments,
                          const CertifyProcess::Options& options);

}  // namespace certify

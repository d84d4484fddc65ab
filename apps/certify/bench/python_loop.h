#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "apps/certify/bench/bench_report.h"

namespace certify {

/// scripts/cohen_loop.py in a Python of its own, which measures when it is asked to.
class PythonLoop {
 public:
  /// Starts `command` and reads its greeting. @throws DataError when it does not answer.
  explicit PythonLoop(const std::vector<std::string>& command);
  ~PythonLoop();
  PythonLoop(const PythonLoop&) = delete;
  PythonLoop& operator=(const PythonLoop&) = delete;

  const std::string& torch_version() const { return torch_version_; }
  int default_threads() const { return default_threads_; }
  Measurement measure(std::int64_t batch, int threads, double seconds);

 private:
  nlohmann::json answer();

  std::string name_, torch_version_;
  int default_threads_ = 1;
  pid_t pid_ = -1;
  int to_ = -1;
  std::FILE* from_ = nullptr;
};

}  // namespace certify

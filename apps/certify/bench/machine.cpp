#include "apps/certify/bench/machine.h"

#include <malloc.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

namespace certify {
namespace {

/// What stands behind "NAME:" in a file of /proc; empty where there is none.
std::string field(const std::filesystem::path& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(name, 0) != 0) continue;
    const auto start = line.find_first_not_of(" \t", line.find(':') + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace

nlohmann::ordered_json to_json(const Measurement& m) {
  return {{"samples", m.samples},
          {"seconds", m.seconds},
          {"cpu_seconds", m.cpu_seconds},
          {"peak_mb", m.peak_mb}};
}

nlohmann::ordered_json describe_machine() {
  return {{"cpu", field("/proc/cpuinfo", "model name")},
          {"cores", std::thread::hardware_concurrency()},
          {"memory", field("/proc/meminfo", "MemTotal")}};
}

UsageMeter::UsageMeter() {
  ::malloc_trim(0);                             // the peak is this measurement's, not the last's
  std::ofstream("/proc/self/clear_refs") << 5;  // VmHWM starts again from what is resident now
  started_ = std::chrono::steady_clock::now();
  cpu_ = cpu_seconds();
}

double UsageMeter::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

Measurement UsageMeter::read(std::int64_t samples) const {
  const std::string peak = field("/proc/self/status", "VmHWM");  // "123 kB"
  return {samples, seconds(), cpu_seconds() - cpu_, peak.empty() ? 0 : std::stod(peak) * 1024e-6};
}

}  // namespace certify

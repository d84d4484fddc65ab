#pragma once
/// What a measurement ran on, and what it used up.

#include <chrono>
#include <string>

#include "apps/certify/bench_report.h"

namespace certify {

/// Processor, cores, GPU where there is one.
nlohmann::ordered_json describe_machine();
std::string gpu_name();  ///< of the first NVIDIA GPU; empty without one

/// Wall clock, processor time and memory of this process since it was made.
class UsageMeter {
 public:
  UsageMeter();
  double seconds() const;
  Measurement read(std::int64_t samples) const;

 private:
  std::chrono::steady_clock::time_point started_;
  double cpu_;
};

}  // namespace certify

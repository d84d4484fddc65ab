#pragma once
/// What a measurement ran on, and what it used up.

#include <chrono>

#include "apps/certify/bench/bench_report.h"

namespace certify {

/// Processor, cores, memory.
nlohmann::ordered_json describe_machine();

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

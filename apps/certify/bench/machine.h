#pragma once
/// What a measurement ran on, and what it used up.

#include <chrono>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace certify {

struct Measurement {
  std::int64_t samples = 0;
  double seconds = 0;
  double cpu_seconds = 0;  ///< of all threads; what counts on a machine shared with others
  double peak_mb = 0;      ///< most host memory held at once, the program itself included

  double rate() const { return static_cast<double>(samples) / seconds; }
};
nlohmann::ordered_json to_json(const Measurement& measurement);

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

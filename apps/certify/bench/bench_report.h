#pragma once
/// What `certify bench` measured, as a table and as JSON.

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace certify {

struct Measurement {
  std::int64_t samples = 0;
  double seconds = 0;
  double cpu_seconds = 0;  ///< of all threads; what counts on a machine shared with others
  double peak_mb = 0;      ///< most host memory held at once, the program itself included

  double rate() const { return static_cast<double>(samples) / seconds; }
};

/// One row of the table: a way to sample, and its measurements round by round.
struct Contestant {
  std::string key, what;
  std::int64_t batch = 0;
  int threads = 1;
  std::function<Measurement(double seconds)> measure;  ///< at least one batch
  std::vector<Measurement> rounds = {};

  double rate() const;  ///< median samples/s
};

struct NoiseSpeed {
  std::string path;
  std::vector<double> ns_per_value;  ///< of each round, on one core
};

struct BenchResults {
  nlohmann::ordered_json setting;  ///< program, machine, model, shape …
  std::vector<Contestant> rows;
  std::string best_loop, default_loop;  ///< keys of the rows that ratios are over
  /// Samples/s that memory traffic alone allows at 16 bit, as counted; 0 where nobody counted.
  double floor = 0;
  std::vector<NoiseSpeed> noise;
};

double median(std::vector<double> values);  ///< @pre not empty
void print_results(std::ostream& out, const BenchResults& results);
/// Schema 1: `setting`'s members, then rows with their raw rounds, and noise.
nlohmann::ordered_json to_json(const BenchResults& results);

}  // namespace certify

#include "apps/certify/bench/bench_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/report/tables/table.h"

namespace certify {
namespace {

std::vector<double> rates(const Contestant& row) {
  std::vector<double> out;
  for (const Measurement& m : row.rounds) out.push_back(m.rate());
  return out;
}

double peak_mb(const Contestant& row) {
  double most = 0;
  for (const Measurement& m : row.rounds) most = std::max(most, m.peak_mb);
  return most;
}

double rate_of(const BenchResults& results, const std::string& key) {
  const auto row = std::find_if(results.rows.begin(), results.rows.end(),
                                [&](const Contestant& c) { return c.key == key; });
  return row->rate();
}

nlohmann::ordered_json row_json(const Contestant& row) {
  const std::vector<double> all = rates(row);
  nlohmann::ordered_json out{{"key", row.key},
                             {"what", row.what},
                             {"batch", row.batch},
                             {"threads", row.threads},
                             {"samples_per_s", row.rate()},
                             {"min", *std::min_element(all.begin(), all.end())},
                             {"max", *std::max_element(all.begin(), all.end())},
                             {"peak_mb", peak_mb(row)}};
  for (const Measurement& m : row.rounds) {
    out["rounds"].push_back({{"samples", m.samples},
                             {"seconds", m.seconds},
                             {"cpu_seconds", m.cpu_seconds},
                             {"peak_mb", m.peak_mb}});
  }
  return out;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double Contestant::rate() const { return median(rates(*this)); }

void print_results(std::ostream& out, const BenchResults& results) {
  const double best = rate_of(results, results.best_loop);
  const double by_default = rate_of(results, results.default_loop);
  TextTable table{{"", "batch", "threads", "samples/s", "min", "max", "x best", "x default",
                   "of floor", "peak MB"},
                  {}};
  for (const Contestant& row : results.rows) {
    const std::vector<double> all = rates(row);
    const double rate = row.rate();
    table.rows.push_back({row.what, fmt::format("{}", row.batch), fmt::format("{}", row.threads),
                          fmt::format("{:.1f}", rate),
                          fmt::format("{:.1f}", *std::min_element(all.begin(), all.end())),
                          fmt::format("{:.1f}", *std::max_element(all.begin(), all.end())),
                          fmt::format("{:.2f}", rate / best),
                          fmt::format("{:.2f}", rate / by_default),
                          results.floor > 0 ? fmt::format("{:.3f}", rate / results.floor) : "-",
                          fmt::format("{:.0f}", peak_mb(row))});
  }
  print_table(out, table);
  out << "\n";
  TextTable noise{{"noise, one core", "ns/value"}, {}};
  for (const NoiseSpeed& path : results.noise) {
    noise.rows.push_back({path.path, fmt::format("{:.2f}", median(path.ns_per_value))});
  }
  print_table(out, noise);
}

nlohmann::ordered_json to_json(const BenchResults& results) {
  nlohmann::ordered_json out{{"schema", 1}};
  out.update(results.setting);
  out["best_loop"] = results.best_loop;
  out["default_loop"] = results.default_loop;
  const double best = rate_of(results, results.best_loop);
  const double by_default = rate_of(results, results.default_loop);
  for (const Contestant& row : results.rows) {
    auto json = row_json(row);
    json["over_best"] = row.rate() / best;
    json["over_default"] = row.rate() / by_default;
    if (results.floor > 0) json["of_floor"] = row.rate() / results.floor;
    out["rows"].push_back(json);
  }
  for (const NoiseSpeed& path : results.noise) {
    out["noise"].push_back({{"path", path.path},
                            {"ns_per_value", median(path.ns_per_value)},
                            {"rounds", path.ns_per_value}});
  }
  return out;
}

}  // namespace certify

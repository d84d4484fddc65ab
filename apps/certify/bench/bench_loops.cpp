#include "apps/certify/bench/bench_loops.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

#include "apps/certify/bench/machine.h"
#include "apps/certify/bench/python_loop.h"
#include "models/cohen_loop.h"

namespace certify {
namespace {

constexpr std::int64_t kDefaultBatch = 1000;  // of Cohen et al.'s certify.py

bool on_host(const BenchSetting& setting) { return setting.device == "cpu"; }

Measurement measure(CohenLoop& loop, const LoopSetting& at, double seconds) {
  const UsageMeter meter;
  std::int64_t samples = 0;
  do {
    const ClassCounts counts = loop.sample(at.batch, at.batch, at.threads);
    if (counts.total() != at.batch) throw std::logic_error("the loop lost samples");
    samples += at.batch;
  } while (meter.seconds() < seconds);
  return meter.read(samples);
}

std::shared_ptr<CohenLoop> open_loop(const BenchSetting& s, const LoopSteps& steps) {
  return std::make_shared<CohenLoop>(s.model, s.device, steps, s.image, s.sigma);
}

Contestant loop_contestant(const BenchSetting& s, std::string key, std::string what,
                           const LoopSteps& steps, const LoopSetting& at) {
  return {std::move(key), std::move(what), at.batch, at.threads,
          [loop = open_loop(s, steps), at](double seconds) { return measure(*loop, at, seconds); }};
}

}  // namespace

LoopSetting best_setting(const BenchSetting& setting, const MeasureLoop& loop, double seconds,
                         nlohmann::ordered_json& tried) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<int> threads{1};
  if (cores > 1 && on_host(setting)) threads.push_back(cores);
  const std::vector<std::int64_t> batches =
      on_host(setting) ? std::vector<std::int64_t>{10, 25, 50, 100, 200, 400}
                       : std::vector<std::int64_t>{100, 200, 400, 1000, 2000, 4000};
  LoopSetting best{kDefaultBatch, setting.default_threads};
  double most = 0;
  for (const int t : threads) {
    for (const std::int64_t batch : batches) {
      const double rate = loop({batch, t}, seconds).rate();
      tried.push_back({{"batch", batch}, {"threads", t}, {"samples_per_s", rate}});
      if (rate > most) best = {batch, t};
      most = std::max(most, rate);
    }
  }
  return best;
}

std::vector<Contestant> python_contestants(PythonLoop& python, const LoopSetting& best) {
  const auto at = [&python](const LoopSetting& s) {
    return [&python, s](double seconds) { return python.measure(s.batch, s.threads, seconds); };
  };
  const LoopSetting by_default{kDefaultBatch, python.default_threads()};
  return {
      {"python-default", "Cohen's loop in Python, his batch", by_default.batch, by_default.threads,
       at(by_default)},
      {"python-best", "Cohen's loop in Python, best setting", best.batch, best.threads, at(best)}};
}

MeasureLoop cxx_loop(const BenchSetting& setting) {
  return [loop = open_loop(setting, {})](const LoopSetting& at, double seconds) {
    return measure(*loop, at, seconds);
  };
}

std::vector<Contestant> loop_contestants(const BenchSetting& s, const LoopSetting& best) {
  std::vector<Contestant> out;
  LoopSteps steps;
  out.push_back(loop_contestant(s, "loop-default", "Cohen's loop in C++, his batch", steps,
                                {kDefaultBatch, s.default_threads}));
  out.push_back(loop_contestant(s, "loop-best", "Cohen's loop in C++, best setting", steps, best));
  steps.frozen = true;
  out.push_back(loop_contestant(s, "frozen", "+ frozen, BatchNorm folded", steps, best));
  steps.channels_last = true;
  out.push_back(loop_contestant(s, "channels-last", "+ channels_last", steps, best));
  if (!on_host(s)) {
    steps.half = true;
    out.push_back(loop_contestant(s, "fp16", "+ fp16", steps, best));
  }
  steps.own_noise = on_host(s);
  if (steps.own_noise) {
    out.push_back(loop_contestant(s, "own-noise", "+ own noise, written once", steps, best));
  }
  return out;
}

}  // namespace certify

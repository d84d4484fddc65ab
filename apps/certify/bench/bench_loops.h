#pragma once
/// What `certify bench` compares the engine with: the loop of Cohen et al., and each step of the
/// way from it.

#include <filesystem>
#include <string>
#include <vector>

#include "apps/certify/bench/bench_report.h"
#include "core/base/image.h"

namespace certify {

class PythonLoop;

struct BenchSetting {
  std::filesystem::path model;
  Image image;  ///< what all of them sample around
  double sigma = 0.25;
  std::string device = "cpu";  ///< as LibTorch names it
  int default_threads = 1;     ///< LibTorch's own choice
};

/// A batch and thread setting of the loop.
struct LoopSetting {
  std::int64_t batch = 1000;
  int threads = 1;
};
using MeasureLoop = std::function<Measurement(const LoopSetting&, double seconds)>;

/// The fastest of a grid of settings, each tried for `seconds`. @param tried  all of them are added
LoopSetting best_setting(const BenchSetting& setting, const MeasureLoop& loop, double seconds,
                         nlohmann::ordered_json& tried);

/// His loop at his default batch of 1000 and at `best`; keys `python-default`, `python-best`.
std::vector<Contestant> python_contestants(PythonLoop& python, const LoopSetting& best);

/// The same in C++ and the steps on the way. @param best  as best_setting() of cxx_loop() found it
std::vector<Contestant> loop_contestants(const BenchSetting& setting, const LoopSetting& best);
MeasureLoop cxx_loop(const BenchSetting& setting);

}  // namespace certify

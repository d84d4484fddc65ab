#pragma once
/// The ways to sample that `certify bench` compares: the loop of Cohen et al., each step of the way
/// from it, and the engine.

#include <filesystem>
#include <string>
#include <vector>

#include "apps/certify/bench_report.h"
#include "core/base/image.h"
#include "models/torchscript_classifier.h"

namespace certify {

class PythonLoop;

struct BenchSetting {
  std::filesystem::path model;
  std::string normalize = "none";  ///< of the engine; the loops do without
  Image image;                     ///< what all of them sample around
  double sigma = 0.25;
  std::string device = "cpu";
  int workers = 1;
  std::int64_t batch = 0;   ///< of the engine; 0: its default
  int default_threads = 1;  ///< LibTorch's own choice
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

/// The engine itself, through its Sampler. References must outlive the contestants.
std::vector<Contestant> engine_contestants(const BenchSetting& setting,
                                           const TorchScriptClassifier& classifier);

}  // namespace certify

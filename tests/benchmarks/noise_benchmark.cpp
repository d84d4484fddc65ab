// Noise on the host: one σ for all elements beside one for each, on images of CIFAR's and
// ImageNet's size; and each implementation that this processor can run. Run with
// --benchmark_enable_random_interleaving=true --benchmark_repetitions=20: the two take turns, so
// that a busy machine is busy for both.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/noise/gaussian.h"

namespace certify {
namespace {

void set_rate(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void one_sigma(benchmark::State& state) {
  const std::vector<float> x(static_cast<std::size_t>(state.range(0)), 0.5F);
  std::vector<float> out(x.size());
  const NoiseGenerator noise(gaussian_noise(0.25));
  std::uint32_t sample = 0;
  for (auto _ : state) {
    noise.add(x.data(), out.data(), state.range(0), {1, 2, Phase::kEstimation}, sample++);
    benchmark::DoNotOptimize(out.data());
  }
  set_rate(state);
}

void map_of_sigma(benchmark::State& state) {
  const std::vector<float> x(static_cast<std::size_t>(state.range(0)), 0.5F);
  const NoiseTables tables{0, std::vector<float>(x.size(), 0.25F)};
  const NoisePath& path = kGaussian.paths().front();
  std::vector<float> out(x.size());
  std::uint32_t sample = 0;
  for (auto _ : state) {
    path.add(tables, x.data(), out.data(), state.range(0), {1, 2, Phase::kEstimation}, sample++);
    benchmark::DoNotOptimize(out.data());
  }
  set_rate(state);
}

void one_path(benchmark::State& state, const NoisePath& path) {
  const NoiseTables tables = kGaussian.tables(gaussian_noise(0.25));
  const std::vector<float> x(static_cast<std::size_t>(state.range(0)), 0.5F);
  std::vector<float> out(x.size());
  std::uint32_t sample = 0;
  for (auto _ : state) {
    path.add(tables, x.data(), out.data(), state.range(0), {0, 0, Phase::kEstimation}, sample++);
    benchmark::DoNotOptimize(out.data());
  }
  set_rate(state);
}

const bool paths_registered = [] {
  for (const NoisePath& path : kGaussian.paths()) {
    benchmark::RegisterBenchmark(std::string(path.name).c_str(), one_path, path)->Arg(3 * 32 * 32);
  }
  return true;
}();

BENCHMARK(one_sigma)->Arg(3 * 32 * 32)->Arg(3 * 224 * 224);
BENCHMARK(map_of_sigma)->Arg(3 * 32 * 32)->Arg(3 * 224 * 224);

}  // namespace
}  // namespace certify

// What a certificate costs, by method and number of samples. Results: docs/benchmarks/.

#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/methods/catalogue.h"
#include "core/stats/means/betting.h"
#include "core/stats/means/empirical_bernstein.h"
#include "core/stats/means/star_bets.h"
#include "core/stats/sequential/confidence_sequence.h"

namespace certify {
namespace {

/// Votes of an ordinary image: 90 % for the class, 6 % for the runner-up; an odd difference.
ImageSamples ordinary(std::int64_t n) {
  ImageSamples samples;
  const std::int64_t second = n * 6 / 100;
  const std::int64_t third = (n * 4 / 100) | 1;  // odd, and so is n + difference: the costlier case
  samples.estimation.votes = {n - second - third, second, third};
  return samples;
}

void certify_votes(benchmark::State& state, const std::string& name) {
  const Method& method = find_method(name);
  const ImageSamples samples = ordinary(state.range(0));
  const MethodOptions options{
      .noise = gaussian_noise(0.5), .alpha = 0.001, .selection = Selection::kLabel};
  for (auto _ : state) benchmark::DoNotOptimize(method.certify(samples, options));
}
BENCHMARK_CAPTURE(certify_votes, cohen, "cohen")->RangeMultiplier(10)->Range(100, 10'000'000);
BENCHMARK_CAPTURE(certify_votes, two_sided, "two-sided")->Arg(100'000);
BENCHMARK_CAPTURE(certify_votes, first_margin, "first-margin")->Arg(100)->Arg(1000)->Arg(100'000);
BENCHMARK_CAPTURE(certify_votes, second_margin, "second-margin")
    ->Unit(benchmark::kMicrosecond)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10'000)
    ->Arg(100'000);

/// The hardest case for the region's sums: two classes with much mass each.
void second_margin_of_a_close_race(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  ImageSamples samples;
  samples.estimation.votes = {n / 2, n * 2 / 5, n / 10};
  const MethodOptions options{
      .noise = gaussian_noise(0.5), .alpha = 0.001, .selection = Selection::kLabel};
  const Method& method = find_method("second-margin");
  for (auto _ : state) benchmark::DoNotOptimize(method.certify(samples, options));
}
BENCHMARK(second_margin_of_a_close_race)->Unit(benchmark::kMillisecond)->Arg(100)->Arg(100'000);

/// Scores 1 - u^8: most near 1, a long tail.
std::vector<double> scores(std::int64_t n) {
  std::vector<double> x;
  for (std::int64_t i = 0; i < n; ++i) {
    const double u = std::fmod(static_cast<double>(i) * 0.6180339887498949, 1.0);
    x.push_back(1 - std::pow(u, 8));
  }
  return x;
}

template <typename Bound>
void bound_mean(benchmark::State& state, const Bound& bound) {
  const std::vector<double> x = scores(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(bound(x));
}
BENCHMARK_CAPTURE(bound_mean, empirical_bernstein, [](const auto& x) {
  return empirical_bernstein_lower(x, 0.001);
}) -> Unit(benchmark::kMillisecond) -> Arg(100'000);
BENCHMARK_CAPTURE(bound_mean, confidence_sequence, [](const auto& x) {
  return confidence_sequence_lower(x, 0.001);
}) -> Unit(benchmark::kMillisecond) -> Arg(100'000);
BENCHMARK_CAPTURE(bound_mean, betting, [](const auto& x) { return betting_lower(x, 0.001); })
    -> Unit(benchmark::kMillisecond) -> Arg(1000) -> Arg(100'000);
BENCHMARK_CAPTURE(bound_mean, star_bets_1000, [](const auto& x) {
  return star_bets_lower(x, 0.001, 1000);
}) -> Unit(benchmark::kMillisecond) -> Arg(1000);

/// A histogram's three bounds for one certificate.
void certify_histogram(benchmark::State& state) {
  const std::vector<double> x = scores(state.range(0));
  ScoreTrace trace{0, {}, {}, {}};
  for (const double v : x) {
    trace.values.push_back(static_cast<float>(v));
    trace.values.push_back(static_cast<float>(1 - v));
  }
  ImageSamples samples;
  samples.estimation.votes = {state.range(0), 0};
  samples.histogram = histogram_of(trace, 1024);
  const Method& method = find_method("soft-second-histogram");
  const MethodOptions options{
      .noise = gaussian_noise(0.5), .alpha = 0.001, .selection = Selection::kLabel};
  for (auto _ : state) benchmark::DoNotOptimize(method.certify(samples, options));
}
BENCHMARK(certify_histogram)->Unit(benchmark::kMillisecond)->Arg(100'000);

}  // namespace
}  // namespace certify

#include "apps/certify/bench/noise_speed.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "core/base/errors.h"
#include "core/noise/families.h"

namespace certify {
namespace {

bool draws(const Noise& noise) {
  try {
    noise.family->check(noise);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

struct Contestant {
  const NoisePath* path;
  NoiseTables tables;
};

double nanoseconds_a_value(const Contestant& c, const std::vector<float>& x,
                           std::vector<float>& out) {
  constexpr std::int64_t kValues = 1'000'000;  // a millisecond
  const auto size = static_cast<std::int64_t>(x.size());
  const auto samples = static_cast<std::uint32_t>(std::max<std::int64_t>(1, kValues / size));
  const auto started = std::chrono::steady_clock::now();
  for (std::uint32_t sample = 0; sample < samples; ++sample) {
    c.path->add(c.tables, x.data(), out.data(), size, {0, 0, Phase::kEstimation}, sample);
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - started;
  return took.count() / static_cast<double>(samples) / static_cast<double>(size);
}

}  // namespace

std::vector<NoiseSpeed> noise_speeds(std::int64_t size, double sigma, double seconds) {
  constexpr int kMost = 60, kLeast = 3;
  std::vector<Contestant> contestants;
  std::vector<NoiseSpeed> speeds;
  for (const NoiseFamily* family : kEveryFamily) {
    const Noise noise{family, sigma};
    if (!draws(noise)) continue;
    for (const NoisePath& path : family->paths()) {
      contestants.push_back({&path, family->tables(noise)});
      speeds.push_back({std::string(family->name), std::string(path.name),
                        std::numeric_limits<double>::infinity()});
    }
  }
  const std::vector<float> x(static_cast<std::size_t>(size), 0.2F);
  std::vector<float> out(x.size());
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (int round = 0; round < kMost; ++round) {
    if (round >= kLeast && std::chrono::steady_clock::now() > end) break;
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      speeds[i].nanoseconds =
          std::min(speeds[i].nanoseconds, nanoseconds_a_value(contestants[i], x, out));
    }
  }
  return speeds;
}

}  // namespace certify

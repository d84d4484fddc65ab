#include "core/sampling/statistics/gradient_sum.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "core/sampling/statistics/noise_units.h"

namespace certify {
namespace {

/// The sums are of ±z, the statistic is of z (1[f = c] - ½).
double mean_of(std::int64_t sum, std::int64_t samples) {
  return static_cast<double>(sum) / (2 * double{kNoiseUnits} * static_cast<double>(samples));
}

void accumulate(const std::vector<float>& noise, bool voted, std::vector<std::int64_t>& sums) {
  const float sign = voted ? 1.0f : -1.0f;
  const float* z = noise.data();
  std::int64_t* sum = sums.data();
  const std::size_t size = sums.size();
  for (std::size_t i = 0; i < size; ++i) sum[i] += in_noise_units(sign * z[i]);
}

}  // namespace

std::vector<Subspace> channel_subspaces(const ImageShape& shape) {
  std::vector<Subspace> out;
  const auto channels = static_cast<std::size_t>(shape.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    Subspace subspace{channels == 3 ? std::string(1, "RGB"[c]) : fmt::format("channel{}", c),
                      std::vector<bool>(static_cast<std::size_t>(shape.size()))};
    for (std::size_t i = c; i < subspace.contains.size(); i += channels)
      subspace.contains[i] = true;
    out.push_back(std::move(subspace));
  }
  return out;
}

GradientSum::GradientSum(std::int64_t size) : size_(size) {
  for (auto& sums : sums_) sums.resize(static_cast<std::size_t>(size));
}

GradientSum::GradientSum(std::span<const std::int64_t> even, std::span<const std::int64_t> odd,
                         std::int64_t even_samples, std::int64_t odd_samples)
    : size_(static_cast<std::int64_t>(even.size())),
      samples_{even_samples, odd_samples},
      sums_{{even.begin(), even.end()}, {odd.begin(), odd.end()}} {}

void GradientSum::add(const NoiseGenerator& noise, const NoiseStream& stream, std::int64_t first,
                      std::span<const int> votes, int tested) {
  std::vector<float> drawn(static_cast<std::size_t>(size_));
  for (std::size_t i = 0; i < votes.size(); ++i) {
    const std::int64_t sample = first + static_cast<std::int64_t>(i);
    const auto half = static_cast<std::size_t>(sample % 2);
    noise.standard(drawn.data(), size_, stream, static_cast<std::uint32_t>(sample));
    accumulate(drawn, votes[i] == tested, sums_[half]);
    ++samples_[half];
  }
}

void GradientSum::add(const GradientSum& other) {
  for (std::size_t half = 0; half < 2; ++half) {
    samples_[half] += other.samples_[half];
    std::transform(sums_[half].begin(), sums_[half].end(), other.sums_[half].begin(),
                   sums_[half].begin(), std::plus<>());
  }
}

std::vector<float> GradientSum::mean() const {
  std::vector<float> out(static_cast<std::size_t>(size_));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(mean_of(sums_[0][i] + sums_[1][i], samples_[0] + samples_[1]));
  }
  return out;
}

GradientStatistics GradientSum::statistics(int tested, std::span<const Subspace> subspaces) const {
  GradientStatistics out;
  out.tested = tested;
  out.n1 = samples_[0];
  out.n2 = samples_[1];
  out.dimension = size_;
  for (const Subspace& subspace : subspaces) out.subspaces.push_back({subspace.name, 0, 0});
  for (std::size_t i = 0; i < static_cast<std::size_t>(size_); ++i) {
    const double x = mean_of(sums_[0][i], out.n1), y = mean_of(sums_[1][i], out.n2);
    out.dot += x * y;
    out.largest =
        std::max(out.largest, std::abs(mean_of(sums_[0][i] + sums_[1][i], out.n1 + out.n2)));
    for (std::size_t s = 0; s < subspaces.size(); ++s) {
      if (!subspaces[s].contains[i]) continue;
      ++out.subspaces[s].dimension;
      out.subspaces[s].dot += x * y;
    }
  }
  return out;
}

}  // namespace certify

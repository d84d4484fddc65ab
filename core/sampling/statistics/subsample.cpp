#include "core/sampling/statistics/subsample.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "core/base/errors.h"
#include "core/noise/philox.h"

namespace certify {
namespace {

/// Uniform integers from a counter of their own: phase 2³¹ is none that noise uses.
class RandomIntegers {
 public:
  RandomIntegers(std::uint64_t seed, std::int64_t image)
      : key0_(static_cast<std::uint32_t>(seed)),
        key1_(static_cast<std::uint32_t>(seed >> 32)),
        image_(static_cast<std::uint32_t>(image)),
        image_high_(static_cast<std::uint32_t>(static_cast<std::uint64_t>(image) >> 32)) {}

  /// In [0, bound), without bias: what does not divide evenly is drawn again (Lemire, 2019).
  std::uint64_t below(std::uint64_t bound) {
    for (;;) {
      const unsigned __int128 product = static_cast<unsigned __int128>(next()) * bound;
      if (static_cast<std::uint64_t>(product) >= (0 - bound) % bound) {
        return static_cast<std::uint64_t>(product >> 64);
      }
    }
  }

 private:
  std::uint64_t next() {
    const philox::Block block =
        philox::philox4x32_10({counter_++, image_high_, 0x80000000u, image_}, key0_, key1_);
    return std::uint64_t{block.x0} << 32 | block.x1;
  }
  std::uint32_t key0_, key1_, image_, image_high_;
  std::uint32_t counter_ = 0;
};

void cut(std::vector<float>& rows, std::int64_t n, std::int64_t width, std::int64_t image) {
  const std::int64_t kept = static_cast<std::int64_t>(rows.size()) / width;
  if (n < 1 || n > kept) throw InputError("image {}: {} of {} samples", image, n, kept);
  rows.resize(static_cast<std::size_t>(n * width));
}

/// On a tie a rival's: a vote that is not sure counts against the certificate.
ClassCounts votes_of_trace(const ScoreTrace& trace, std::size_t classes) {
  ClassCounts counts;
  counts.votes.resize(classes);
  const auto width = static_cast<std::size_t>(trace.columns());
  for (std::size_t first = 0; first < trace.values.size(); first += width) {
    const auto rivals = std::span(trace.values).subspan(first + 1, width - 1);
    const auto best = std::ranges::max_element(rivals);
    const auto candidate = static_cast<std::size_t>(best - rivals.begin());
    if (trace.values[first] > *best) {
      ++counts.votes[static_cast<std::size_t>(trace.tested)];
    } else if (candidate < trace.candidates.size()) {
      ++counts.votes[static_cast<std::size_t>(trace.candidates[candidate])];
    } else {
      ++counts.invalid;
    }
  }
  return counts;
}

}  // namespace

ClassCounts subsample(const ClassCounts& counts, std::int64_t n, std::uint64_t seed,
                      std::int64_t image) {
  const std::int64_t total = counts.total();
  if (n < 1 || n > total) {
    throw InputError("image {}: cannot take {} of {} samples", image, n, total);
  }
  // An urn of all samples, the last class standing for the invalid ones; the first n of a shuffle.
  std::vector<std::uint32_t> urn;
  urn.reserve(static_cast<std::size_t>(total));
  for (std::size_t k = 0; k < counts.votes.size(); ++k) {
    urn.insert(urn.end(), static_cast<std::size_t>(counts.votes[k]), static_cast<std::uint32_t>(k));
  }
  const auto classes = static_cast<std::uint32_t>(counts.votes.size());
  urn.insert(urn.end(), static_cast<std::size_t>(counts.invalid), classes);
  ClassCounts drawn;
  drawn.votes.resize(counts.votes.size());
  RandomIntegers random(seed, image);
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    std::swap(urn[i], urn[i + random.below(urn.size() - i)]);
    if (urn[i] == classes) {
      ++drawn.invalid;
    } else {
      ++drawn.votes[urn[i]];
    }
  }
  return drawn;
}

void keep_first(ImageSamples& samples, std::int64_t n) {
  const std::size_t classes = samples.estimation.votes.size();
  if (!samples.logits.empty()) {
    cut(samples.logits, n, static_cast<std::int64_t>(classes), samples.index);
    samples.estimation = count_votes(row_votes(samples.logits, classes), classes);
  } else if (!samples.trace.empty()) {
    cut(samples.trace.values, n, samples.trace.columns(), samples.index);
    samples.estimation = votes_of_trace(samples.trace, classes);
  } else {
    throw InputError("image {}: its samples were not kept in the order drawn", samples.index);
  }
}

}  // namespace certify

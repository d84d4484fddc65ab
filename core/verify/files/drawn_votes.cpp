#include "core/verify/files/drawn_votes.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "core/noise/philox.h"

namespace certify::checker {
namespace {

class Integers {
 public:
  Integers(std::uint64_t seed, std::int64_t image)
      : seed_(seed), image_(static_cast<std::uint64_t>(image)) {}

  std::uint64_t below(std::uint64_t bound) {
    constexpr std::uint64_t kAll = ~std::uint64_t{0};
    const std::uint64_t uneven = (kAll % bound + 1) % bound;  // 2⁶⁴ mod bound
    for (;;) {
      const auto product = static_cast<unsigned __int128>(next()) * bound;
      if (static_cast<std::uint64_t>(product) >= uneven) {
        return static_cast<std::uint64_t>(product >> 64);
      }
    }
  }

 private:
  std::uint64_t next() {
    const philox::Block block = philox::philox4x32_10(
        {counter_++, static_cast<std::uint32_t>(image_ >> 32), std::uint32_t{1} << 31,
         static_cast<std::uint32_t>(image_)},
        static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32));
    return (std::uint64_t{block.x0} << 32) + block.x1;
  }

  std::uint64_t seed_, image_;
  std::uint32_t counter_ = 0;
};

void count(std::size_t k, ClassCounts& counts) {
  ++(k < counts.votes.size() ? counts.votes[k] : counts.invalid);
}

}  // namespace

ClassCounts drawn_votes(const ClassCounts& all, std::int64_t n, std::uint64_t seed,
                        std::int64_t image) {
  std::vector<std::uint32_t> sorted;  // a class each; behind the last one for what is invalid
  for (std::size_t k = 0; k <= all.votes.size(); ++k) {
    const std::int64_t votes = k < all.votes.size() ? all.votes[k] : all.invalid;
    sorted.resize(sorted.size() + static_cast<std::size_t>(votes), static_cast<std::uint32_t>(k));
  }
  ClassCounts drawn{std::vector<std::int64_t>(all.votes.size()), 0};
  Integers integers(seed, image);
  for (auto next = sorted.begin(); next != sorted.begin() + n; ++next) {
    std::iter_swap(next, next + static_cast<std::ptrdiff_t>(integers.below(
                                    static_cast<std::uint64_t>(sorted.end() - next))));
    count(*next, drawn);
  }
  return drawn;
}

ClassCounts votes_of(const ScoreTrace& trace, int classes) {
  ClassCounts counts{std::vector<std::int64_t>(static_cast<std::size_t>(classes)), 0};
  const auto width = static_cast<std::size_t>(trace.columns());
  for (std::size_t first = 0; first < trace.values.size(); first += width) {
    const auto rivals = std::span(trace.values).subspan(first + 1, width - 1);
    const auto best = static_cast<std::size_t>(std::ranges::max_element(rivals) - rivals.begin());
    int voted = -1;
    if (trace.values[first] > rivals[best]) {
      voted = trace.tested;
    } else if (best < trace.candidates.size()) {
      voted = trace.candidates[best];
    }
    count(voted < 0 ? counts.votes.size() : static_cast<std::size_t>(voted), counts);
  }
  return counts;
}

}  // namespace certify::checker

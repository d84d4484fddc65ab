#include "core/stats/margins/trinomial_region.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/stats/monotone_root.h"

namespace certify {
namespace {

/// Below this a probability is no longer carried from one count to the next but worked out afresh.
constexpr double kTiny = 1e-250;

/// P[Bin(n, p) >= k], moved to n + 1 or k - 1 by adding what that adds: sums of positive terms
/// only.
class MovingTail {
 public:
  MovingTail(std::int64_t k, std::int64_t n, Proportion at)
      : k_(k), n_(n), at_(at), odds_against_(at.q / at.p) {
    restart();
  }

  double value() const { return std::min(1.0, tail_); }

  /// To n + 1 trials and k successes, k at most what it was.
  void move(std::int64_t k) {
    if (pmf_ < kTiny || k_ > n_) {
      k_ = k;
      ++n_;
      restart();
      return;
    }
    const double common = pmf_ * at_.q / static_cast<double>(n_ + 1 - k_);
    tail_ += common * static_cast<double>(k_);  // the new trial succeeds with k - 1 before it
    pmf_ = common * static_cast<double>(n_ + 1);
    ++n_;
    for (; k_ > k; --k_) {
      pmf_ *= odds_against_ * (static_cast<double>(k_) / static_cast<double>(n_ - k_ + 1));
      tail_ += pmf_;
    }
  }

 private:
  void restart() {
    pmf_ = k_ > n_ ? 0 : std::exp(binomial_log_pmf(k_, n_, at_));
    if (pmf_ >= kTiny) {
      tail_ = std::exp(binomial_upper_tail(k_, n_, at_).log_tail);
    } else {
      tail_ = static_cast<double>(k_) <= static_cast<double>(n_) * at_.p ? 1 : 0;
    }
  }

  std::int64_t k_;
  std::int64_t n_;
  Proportion at_;
  double odds_against_;
  double pmf_ = 0;
  double tail_ = 0;
};

}  // namespace

TrinomialRegion::TrinomialRegion(std::int64_t x1, std::int64_t x2, std::int64_t n, Score score)
    : n_(n), score_(std::move(score)), threshold_(score_(x1, x2)), first_(x2) {
  least_.push_back(lowest_from(x1, x2));
}

std::int64_t TrinomialRegion::least(std::int64_t y2) {
  while (y2 < first_) {
    --first_;
    least_.push_front(lowest_from(std::min(least_.front(), n_ - first_), first_));
  }
  while (y2 >= first_ + static_cast<std::int64_t>(least_.size())) {
    const std::int64_t next = first_ + static_cast<std::int64_t>(least_.size());
    least_.push_back(lowest_from(std::min(least_.back(), n_ - next), next));
  }
  return least_[static_cast<std::size_t>(y2 - first_)];
}

/// Doubling steps from a nearby guess, then halving.
std::int64_t TrinomialRegion::lowest_from(std::int64_t guess, std::int64_t y2) const {
  const std::int64_t largest = n_ - y2;
  std::int64_t outside = -1;
  std::int64_t inside = largest + 1;  // or beyond what is possible
  if (contains(guess, y2)) {
    inside = guess;
    for (std::int64_t step = 1; inside > 0 && outside < 0; step *= 2) {
      const std::int64_t probe = std::max<std::int64_t>(0, guess - step);
      (contains(probe, y2) ? inside : outside) = probe;
    }
  } else {
    outside = guess;
    for (std::int64_t step = 1; outside < largest && inside > largest; step *= 2) {
      const std::int64_t probe = std::min(largest, guess + step);
      (contains(probe, y2) ? inside : outside) = probe;
    }
  }
  inside = least_that(outside, inside, [&](std::int64_t y1) { return contains(y1, y2); });
  return inside > largest ? n_ + 1 : inside;
}

double TrinomialRegion::probability(Proportion share, Proportion p2, std::int64_t low,
                                    std::int64_t high) {
  if (!(share.p > 0)) return 0;
  while (high >= low && least(high) > n_) --high;
  if (high < low) return 0;
  const double odds_against = p2.q / p2.p;
  const auto weight_at = [&](std::int64_t y2) { return std::exp(binomial_log_pmf(y2, n_, p2)); };
  // From large y2 down: there the top class's tail is small, and only grows.
  MovingTail tail(least(high), n_ - high, share);
  double weight = weight_at(high);
  double sum = weight * tail.value();
  for (std::int64_t y2 = high; y2 > low; --y2) {
    weight = weight < kTiny ? weight_at(y2 - 1)
                            : weight * odds_against *
                                  (static_cast<double>(y2) / static_cast<double>(n_ - y2 + 1));
    tail.move(least(y2 - 1));
    sum += weight * tail.value();
  }
  return sum;
}

}  // namespace certify

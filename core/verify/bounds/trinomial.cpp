#include "core/verify/bounds/trinomial.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace certify::checker {
namespace {

/// Below this a mass is worked out afresh and not from its neighbour, which may have underflowed.
constexpr Real kTiny = 1e-4800L;

/// P[Bin(m, p) >= k] as m grows and k does not: only positive terms are ever added.
class GrowingTail {
 public:
  GrowingTail(std::int64_t k, std::int64_t m, Share at) : k_(k), m_(m), at_(at) { restart(); }

  Real value() const { return std::min<Real>(1, tail_); }

  void grow(std::int64_t k) {
    if (mass_ < kTiny || k_ == 0) {
      ++m_;
      k_ = k;
      restart();
      return;
    }
    const Real step = mass_ * at_.q / static_cast<Real>(m_ + 1 - k_);
    tail_ += step * static_cast<Real>(k_);  // the new sample is the one that was missing
    mass_ = step * static_cast<Real>(m_ + 1);
    ++m_;
    for (; k_ > k; --k_) {
      mass_ *= at_.q / at_.p * (static_cast<Real>(k_) / static_cast<Real>(m_ - k_ + 1));
      tail_ += mass_;
    }
  }

 private:
  void restart() {
    mass_ = binomial_mass(k_, m_, at_);
    tail_ = upper_tail(k_, m_, at_);
  }

  std::int64_t k_, m_;
  Share at_;
  Real mass_ = 0, tail_ = 0;
};

/// Counts that a binomial leaves with probability below kTailError alpha (Bernstein's inequality).
std::pair<std::int64_t, std::int64_t> window(std::int64_t n, Share at, Real alpha) {
  const Real reach = std::sqrt(-2 * std::log(kTailError * alpha / 4));
  const Real mean = static_cast<Real>(n) * at.p;
  const Real width = reach * std::sqrt(mean * at.q) + reach * reach / 3 + 1;
  return {static_cast<std::int64_t>(std::max<Real>(0, mean - width)),
          static_cast<std::int64_t>(std::min(static_cast<Real>(n), mean + width))};
}

Real golden_section(Real a, Real b, const std::function<Real(Real)>& f) {
  constexpr Real kGolden = 0.618033988749894848L;
  Real best = 0;
  for (int i = 0; i < 24; ++i) {
    const Real left = b - kGolden * (b - a);
    const Real right = a + kGolden * (b - a);
    const Real at_left = f(left);
    const Real at_right = f(right);
    best = std::max({best, at_left, at_right});
    (at_left >= at_right ? b : a) = at_left >= at_right ? right : left;
  }
  return best;
}

}  // namespace

Real region_tail(std::int64_t n, const Trinomial& at, const Edge& edge, Real alpha) {
  const Real others = at.p1 + at.p3;
  if (!(others > 0)) return edge(n) <= 0 ? 1 : 0;
  const Share second{at.p2, others};
  const Share top{at.p1 / others, at.p3 / others};
  if (!(second.p > 0)) return upper_tail(edge(0), n, top);
  auto [low, high] = window(n, second, alpha);
  while (high >= low && edge(high) > n - high) --high;
  if (high < low) return 0;
  GrowingTail tail(edge(high), n - high, top);
  Real mass = binomial_mass(high, n, second);
  Real sum = mass * tail.value();
  for (std::int64_t x2 = high; x2 > low; --x2) {
    mass *= second.q / second.p * (static_cast<Real>(x2) / static_cast<Real>(n - x2 + 1));
    tail.grow(edge(x2 - 1));
    sum += mass * tail.value();
  }
  return sum;
}

Real largest_found(Real low, Real high, int points, Spacing spacing,
                   const std::function<Real(Real)>& f) {
  std::vector<std::pair<Real, Real>> seen;  // where, value
  for (int i = 0; i < points; ++i) {
    const Real share = static_cast<Real>(i) / static_cast<Real>(points - 1);
    const Real x = i == points - 1 ? high
                   : spacing == Spacing::kEven
                       ? low + (high - low) * share
                       : std::exp(std::log(low) + std::log(high / low) * share);
    seen.emplace_back(x, f(x));
  }
  std::vector<std::size_t> peaks;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const bool rises = i == 0 || seen[i].second >= seen[i - 1].second;
    const bool falls = i + 1 == seen.size() || seen[i].second >= seen[i + 1].second;
    if (rises && falls) peaks.push_back(i);
  }
  std::sort(peaks.begin(), peaks.end(),
            [&](std::size_t a, std::size_t b) { return seen[a].second > seen[b].second; });
  peaks.resize(std::min<std::size_t>(3, peaks.size()));
  Real best = 0;
  for (const std::size_t i : peaks) {
    const Real a = seen[i == 0 ? 0 : i - 1].first;
    const Real b = seen[std::min(i + 1, seen.size() - 1)].first;
    best = std::max({best, seen[i].second, golden_section(a, b, f)});
  }
  return best;
}

Real first_margin_tail(std::int64_t t, std::int64_t n, Share half, Real alpha) {
  const Edge edge = [t](std::int64_t x2) { return std::max<std::int64_t>(0, x2 + t); };
  // A sample is for neither class with probability 2w.
  const auto tail = [&](Real w) {
    const Real p1 = std::max<Real>(0, half.p - w);
    const Real p2 = std::max<Real>(0, half.q - w);
    return region_tail(n, {p1, p2, 2 * w}, edge, alpha);
  };
  const Real decided = upper_tail((n + t + 1) / 2, n, half);  // w = 0
  const Real largest_w = std::min(half.p, half.q);
  const Real smallest_w = std::min(largest_w, 1e-3L / static_cast<Real>(n));
  if (!(smallest_w > 0)) return decided;
  return std::max(decided, largest_found(smallest_w, largest_w, 120, Spacing::kLogarithmic, tail));
}

SecondMarginTail::SecondMarginTail(std::int64_t x1, std::int64_t x2, std::int64_t n, Real alpha)
    : x2_(x2),
      n_(n),
      alpha_(alpha),
      z_(std::max<Real>(1.5L, quantile_hint(Share::from_q(alpha)))),
      threshold_(score(x1, x2)) {
  above_.push_back(lowest_from(x1, x2));
}

Real SecondMarginTail::score(std::int64_t y1, std::int64_t y2) const {
  const Real added = z_ * z_ / 4;
  const Real total = static_cast<Real>(n_) + 3 * added;
  const auto share = [&](std::int64_t y) {
    return Share{(static_cast<Real>(y) + added) / total,
                 (static_cast<Real>(n_ - y) + 2 * added) / total};
  };
  const Share first = share(y1);
  const Share second = share(y2);
  const Real v1 = quantile_hint(first);
  const Real v2 = quantile_hint(second);
  const auto slope = [](Real v) {
    return std::exp(0.5L * v * v) * 2.506628274631000502415765L;  // 1 / φ(v); √(2π)
  };
  const Real g1 = slope(v1);
  const Real g2 = slope(v2);
  const Real variance = (g1 * g1 * first.p * first.q + g2 * g2 * second.p * second.q +
                         2 * g1 * g2 * first.p * second.p) /
                        total;
  return v1 - v2 - z_ * std::sqrt(variance);
}

/// Doubling steps from a guess, then halving: the score rises with y1.
std::int64_t SecondMarginTail::lowest_from(std::int64_t guess, std::int64_t y2) const {
  const std::int64_t most = n_ - y2;
  const auto inside = [&](std::int64_t y1) { return score(y1, y2) >= threshold_; };
  std::int64_t out = -1;
  std::int64_t in = most + 1;
  guess = std::clamp<std::int64_t>(guess, 0, most);
  if (inside(guess)) {
    in = guess;
    for (std::int64_t step = 1; in > 0 && out < 0; step *= 2) {
      const std::int64_t probe = std::max<std::int64_t>(0, guess - step);
      (inside(probe) ? in : out) = probe;
      if (probe == 0) break;
    }
  } else {
    out = guess;
    for (std::int64_t step = 1; out < most && in > most; step *= 2) {
      const std::int64_t probe = std::min(most, guess + step);
      (inside(probe) ? in : out) = probe;
    }
  }
  while (in - out > 1) {
    const std::int64_t middle = out + (in - out) / 2;
    (inside(middle) ? in : out) = middle;
  }
  return in;
}

std::int64_t SecondMarginTail::edge(std::int64_t y2) {
  while (y2 < x2_ - static_cast<std::int64_t>(below_.size())) {
    const std::int64_t next = x2_ - static_cast<std::int64_t>(below_.size()) - 1;
    below_.push_back(lowest_from(below_.empty() ? above_.front() : below_.back(), next));
  }
  while (y2 >= x2_ + static_cast<std::int64_t>(above_.size())) {
    above_.push_back(lowest_from(above_.back(), x2_ + static_cast<std::int64_t>(above_.size())));
  }
  return y2 < x2_ ? below_[static_cast<std::size_t>(x2_ - y2 - 1)]
                  : above_[static_cast<std::size_t>(y2 - x2_)];
}

Real SecondMarginTail::tail(Real theta, Real v2) {
  const Share second = normal(v2);
  const Share first = normal(theta + v2);
  const Real rest = std::max<Real>(0, first.q - second.p);
  return region_tail(
      n_, {first.p, second.p, rest}, [this](std::int64_t y2) { return edge(y2); }, alpha_);
}

Real SecondMarginTail::largest(Real theta) {
  const Real high = -theta / 2;
  // Where even the lowest count of the region is out of reach for the first class.
  const std::int64_t least = edge(0);
  if (least > n_) return 0;
  Real low = high;
  for (Real step = 0.01L; low > -40; step *= 1.25L) {
    if (upper_tail(least, n_, normal(theta + low)) < 1e-3L * alpha_) break;
    low -= step;
  }
  // Beside `high` nearly all samples are for one of the two classes; whether those few that are not
  // are an even number makes narrow peaks there, as for the first margin.
  const Real nearest = std::min(high - low, 1e-2L / static_cast<Real>(n_));
  const auto at_distance = [&](Real distance) { return tail(theta, high - distance); };
  Real most = tail(theta, high);
  if (!(nearest > 0)) return most;
  most = std::max(most, largest_found(0, high - low, 160, Spacing::kEven, at_distance));
  return std::max(most,
                  largest_found(nearest, high - low, 160, Spacing::kLogarithmic, at_distance));
}

}  // namespace certify::checker

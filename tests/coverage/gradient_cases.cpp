// Bounds on the smoothed classifier's gradient, and the radii that rest on them: half-spaces, balls
// and a small network in 3, 64 and 3072 dimensions.

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/non_central_chi_squared.hpp>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>

#include "core/first_order/gradient_norms.h"
#include "core/methods/first_order.h"
#include "core/stats/normal.h"
#include "tests/coverage/cases.h"

namespace certify::coverage {
namespace {

using Random = std::mt19937_64;
using Point = std::vector<double>;
using Classifier = std::function<bool(const Point&)>;

double normal(Random& random) { return std::normal_distribution<double>()(random); }

/// u · u' of two vectors of independent standard normals, in `d` dimensions.
double dot_of_normals(std::int64_t d, Random& random) {
  if (d <= 0) return 0;
  std::gamma_distribution<double> half_chi_squared(static_cast<double>(d) / 2, 2);
  return std::sqrt(half_chi_squared(random)) * normal(random);
}

/// Votes 1[z1 <= w]: |u| = φ(w).
struct HalfSpace {
  std::int64_t d;
  double w;

  double norm() const { return normal_density(w); }
  /// The mean of z1 (f - ½) over n samples, and how many voted for the class.
  std::pair<double, std::int64_t> draw(std::int64_t n, Random& random) const {
    double sum = 0;
    std::int64_t votes = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const double z = normal(random);
      sum += z <= w ? z / 2 : -z / 2;
      votes += z <= w ? 1 : 0;
    }
    return {-sum / static_cast<double>(n), votes};
  }
  /// X · Y over n + n samples: across z1 the votes say nothing of z, so those means are normal.
  double dot(std::int64_t n, Random& random) const {
    return draw(n, random).first * draw(n, random).first +
           dot_of_normals(d - 1, random) / (4 * static_cast<double>(n));
  }
  /// The same where n is so large that the mean along z1 is normal too.
  double dot_of_many(std::int64_t n, Random& random) const {
    const double sd = std::sqrt((0.25 - norm() * norm()) / static_cast<double>(n));
    return (norm() + sd * normal(random)) * (norm() + sd * normal(random)) +
           dot_of_normals(d - 1, random) / (4 * static_cast<double>(n));
  }
};

using NormBound = std::function<double(const GradientSplit&, double alpha)>;

struct Side {
  std::string name;
  bool upper;
  NormBound bound;
};

std::vector<Side> sound_sides() {
  std::vector<Side> sides;
  for (const auto constant : {SubGaussian::kPaper, SubGaussian::kTight}) {
    const char* word = constant == SubGaussian::kPaper ? "paper" : "tight";
    sides.push_back({fmt::format("gradient-l2-upper ({})", word), true,
                     [=](const auto& s, double a) { return gradient_l2_upper(s, a, constant); }});
    sides.push_back({fmt::format("gradient-l2-lower ({})", word), false,
                     [=](const auto& s, double a) { return gradient_l2_lower(s, a, constant); }});
  }
  return sides;
}

Case norm_case(const Side& side, const std::string& description, double truth, std::int64_t d,
               std::int64_t n, double alpha, std::int64_t trials, bool sound,
               const std::function<double(Random&)>& dot) {
  return {.method = side.name,
          .description = description,
          .alpha = alpha,
          .trials = trials,
          .sound = sound,
          .run = [=](std::int64_t count) {
            Random random(17);
            Outcome outcome;
            outcome.truth = truth;
            for (std::int64_t i = 0; i < count; ++i) {
              const double bound = side.bound({dot(random), d, n, n}, alpha);
              outcome.mean_bound += bound / static_cast<double>(count);
              if (side.upper ? bound < truth : bound > truth) ++outcome.misses;
            }
            return outcome;
          }};
}

/// As table 1 of the paper prints it: √(2d) for τ, whatever alpha.
double printed_quadratic_lower(const GradientSplit& s, double alpha) {
  const double k = variance_proxy(SubGaussian::kPaper);
  const auto n1 = static_cast<double>(s.n1), n2 = static_cast<double>(s.n2);
  const double b = std::sqrt(2 * (k / n1 + k / n2) * std::log(2 / alpha));
  const double t = k * std::sqrt(2 * static_cast<double>(s.dimension)) / std::sqrt(n1 * n2);
  if (s.dot <= t) return 0;
  return std::sqrt(b * b / 4 + s.dot - t) - b / 2;
}

/// As printed: 1 + ε² + ε under one root.
double printed_root_lower(const GradientSplit& s, double alpha) {
  const double right = gradient_l2_lower(s, alpha, SubGaussian::kPaper);
  if (right == 0) return 0;
  const double k = variance_proxy(SubGaussian::kPaper);
  const auto n1 = static_cast<double>(s.n1), n2 = static_cast<double>(s.n2);
  const double b = std::sqrt(2 * (k / n1 + k / n2) * std::log(2 / alpha));
  const double square = right * right + b * right;  // X·Y - t
  const double epsilon = b / 2 / std::sqrt(square);
  return std::sqrt(square / (1 + epsilon * epsilon + epsilon));
}

/// Means of z (f - ½) over n samples, coordinate by coordinate.
Point direct_mean(const Classifier& f, std::int64_t d, std::int64_t n, Random& random) {
  Point mean(static_cast<std::size_t>(d)), z(mean.size());
  for (std::int64_t i = 0; i < n; ++i) {
    for (double& x : z) x = normal(random);
    const double weight = (f(z) ? 0.5 : -0.5) / static_cast<double>(n);
    for (std::size_t k = 0; k < z.size(); ++k) mean[k] += weight * z[k];
  }
  return mean;
}

double direct_dot(const Classifier& f, std::int64_t d, std::int64_t n, Random& random) {
  const Point x = direct_mean(f, d, n, random), y = direct_mean(f, d, n, random);
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

/// A ball whose centre lies `offset` away: its probability is a noncentral χ² distribution
/// function, and the derivative of that is |u|.
struct Ball {
  std::int64_t d;
  double offset, radius;

  bool operator()(const Point& z) const {
    double square = (z[0] - offset) * (z[0] - offset);
    for (std::size_t k = 1; k < z.size(); ++k) square += z[k] * z[k];
    return square <= radius * radius;
  }
  double norm() const {
    const auto cdf = [&](double freedom) {
      return boost::math::cdf(boost::math::non_central_chi_squared(freedom, offset * offset),
                              radius * radius);
    };
    const auto freedom = static_cast<double>(d);
    return offset * (cdf(freedom) - cdf(freedom + 2));
  }
};

/// Two layers with random weights.
struct SmallNetwork {
  SmallNetwork(std::int64_t d, std::uint64_t seed) {
    Random random(seed);
    for (Point& row : hidden) {
      row.resize(static_cast<std::size_t>(d));
      for (double& w : row) w = normal(random) / std::sqrt(static_cast<double>(d));
    }
    for (double& w : out) w = normal(random);
  }
  bool operator()(const Point& z) const {
    double sum = 0.2;
    for (std::size_t h = 0; h < std::size(hidden); ++h) {
      const double a = std::inner_product(z.begin(), z.end(), hidden[h].begin(), 0.0);
      sum += out[h] * std::max(0.0, a);
    }
    return sum > 0;
  }
  Point hidden[8];
  double out[8];
};

/// Half the votes of a small network: its |u|² from many samples, with an error far below the
/// bounds'.
double measured_norm(const Classifier& f, std::int64_t d) {
  Random random(23);
  return std::sqrt(std::max(0.0, direct_dot(f, d, 400000, random)));
}

/// All radii of `first-order-tight` on a half-space whose boundary is at distance w along one
/// pixel: each of them is at most w, but for the colour channels which do not hold that pixel.
Case radii_case(std::int64_t d, double w, std::int64_t n, double alpha, std::int64_t trials) {
  return {.method = "first-order-tight",
          .description = fmt::format("half-space at {}, d = {}, n = {}", w, d, n),
          .alpha = alpha,
          .trials = trials,
          .run = [=](std::int64_t count) {
            Random random(29);
            const HalfSpace votes{d, w};
            Outcome outcome;
            outcome.truth = w;
            for (std::int64_t i = 0; i < count; ++i) {
              const auto [x, first] = votes.draw(n / 2, random);
              const auto [y, second] = votes.draw(n / 2, random);
              ImageSamples samples;
              samples.estimation.votes = {first + second, n - first - second};
              const std::int64_t third = d / 3;
              const double scale = 2 * static_cast<double>(n);  // 4 · n / 2
              const double red = x * y + dot_of_normals(third - 1, random) / scale;
              const double green = dot_of_normals(third, random) / scale;
              const double blue = dot_of_normals(third, random) / scale;
              // The largest of d - 1 normal means, by its distribution function.
              const double u = std::uniform_real_distribution<double>()(random);
              const double tail = -std::expm1(std::log(u) / static_cast<double>(d - 1)) / 2;
              const double largest = normal_quantile(1 - tail, tail) / std::sqrt(2 * scale);
              samples.gradient = {0,
                                  n / 2,
                                  n / 2,
                                  3 * third,
                                  red + green + blue,
                                  std::max(std::abs(x + y) / 2, largest),
                                  {{"R", third, red}, {"G", third, green}, {"B", third, blue}}};
              const Certificate found = kFirstOrderTight.certify(
                  samples,
                  {.noise = gaussian_noise(1), .alpha = alpha, .selection = Selection::kLabel});
              bool missed = false;
              for (const NamedRadius& r : found.radii) {
                missed |= r.name != "G" && r.name != "B" && r.radius > w;
              }
              outcome.misses += missed ? 1 : 0;
              outcome.mean_bound += found.radius / static_cast<double>(count);
            }
            return outcome;
          }};
}

}  // namespace

std::vector<Case> gradient_cases() {
  std::vector<Case> cases;
  for (const Side& side : sound_sides()) {
    for (const std::int64_t d : {3, 64, 3072}) {
      const HalfSpace votes{d, 1.5};
      cases.push_back(norm_case(side, fmt::format("half-space at 1.5, d = {}, n = 2 x 50", d),
                                votes.norm(), d, 50, 0.05, 20000, true,
                                [=](Random& random) { return votes.dot(50, random); }));
      cases.push_back(norm_case(side, fmt::format("half-space at 1, d = {}, n = 2 x 100000", d),
                                HalfSpace{d, 1}.norm(), d, 100000, 0.05, 100000, true,
                                [d](Random& random) {
                                  return HalfSpace{d, 1}.dot_of_many(100000, random);
                                }));
      const Ball ball{d, 1.5, std::sqrt(static_cast<double>(d) + 2.25)};
      cases.push_back(norm_case(side, fmt::format("ball, d = {}, n = 2 x 20", d), ball.norm(), d,
                                20, 0.05, 60000 / (d + 20), true,
                                [=](Random& random) { return direct_dot(ball, d, 20, random); }));
    }
    const auto network = std::make_shared<SmallNetwork>(3, 5);
    const Classifier f = [network](const Point& z) { return (*network)(z); };
    cases.push_back(norm_case(side, "small network, d = 3, n = 2 x 50", measured_norm(f, 3), 3, 50,
                              0.05, 5000, true,
                              [=](Random& random) { return direct_dot(f, 3, 50, random); }));
  }
  cases.push_back(
      norm_case({"gradient-l2-lower (printed quadratic term)", false, printed_quadratic_lower},
                "half-space at 6, d = 3072, n = 2 x 100000", HalfSpace{3072, 6}.norm(), 3072,
                100000, 1e-5, 1000000, false, [](Random& random) {
                  return HalfSpace{3072, 6}.dot_of_many(100000, random);
                }));
  // The printed root halves the deviation allowed for where it is small beside |u|: at samples
  // without number, 4.5 standard errors where 9 are due.
  constexpr std::int64_t kMany = 10'000'000'000;
  cases.push_back(norm_case({"gradient-l2-lower (printed root)", false, printed_root_lower},
                            "half-space at 3, d = 3, n = 2 x 1e10", HalfSpace{3, 3}.norm(), 3,
                            kMany, 1e-7, 5000000, false, [](Random& random) {
                              return HalfSpace{3, 3}.dot_of_many(kMany, random);
                            }));
  cases.push_back(radii_case(3072, 0.8, 400, 0.05, 1500));
  cases.push_back(radii_case(48, 0.3, 1000, 0.05, 1000));
  return cases;
}

}  // namespace certify::coverage

#include "core/stats/margins/scan_steps.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "core/stats/normal.h"

namespace certify {
namespace {

/// Far more than the rounding of what is computed here.
constexpr double kRounding = 1e-3;

/// -(ln Φ)''(x), between 0 and 1.
double curvature(double x, double density, double below) {
  const double ratio = density / below;
  return std::clamp(ratio * (x + ratio), 0.0, 1.0);
}

}  // namespace

ScanSteps::ScanSteps(double theta, std::int64_t n, double alpha, double allowance)
    : half_(std::abs(theta) / 2),
      n_(static_cast<double>(n)),
      log_alpha_(std::log(alpha)),
      allowance_(allowance * (1 - kRounding)) {}

ScanSteps::Cells ScanSteps::at(double d) const {
  Cells c;
  c.d = d;
  c.q1 = std::max(normal_cdf(half_ - d).below, 1e-300);
  c.q2 = std::max(normal_cdf(-half_ - d).below, 1e-300);
  c.slope1 = normal_density(half_ - d);
  c.slope2 = normal_density(half_ + d);
  // The density on the third cell's interval is at least that at its far end.
  c.q3 = std::max(normal_cdf(d - half_).below - c.q2, 2 * d * c.slope2);
  return c;
}

double ScanSteps::first() const {
  const Cells end = at(0);
  const double fall = allowance_ / n_;  // of ln q_1 and ln q_2, which fall ever faster
  double d = fall / std::max(end.slope1 / end.q1, end.slope2 / end.q2);
  const auto fits = [&](const Cells& c) {
    return std::log(end.q1 / c.q1) <= fall && std::log(end.q2 / c.q2) <= fall;
  };
  while (!fits(at(d))) d *= 0.9;
  return d;
}

double ScanSteps::next(double d) {
  // The rise grows with about the square of the step.
  const auto fitting = [](double rise) { return 0.97 / std::sqrt(std::max(rise, 1e-6)); };
  const Cells a = at(d);
  if (step_ == 0) step_ = d;
  step_ *= fitting(rise_);
  for (;;) {
    const Cells b = at(d + step_);
    rise_ = std::min(rise_by_distance(a, b), rise_by_third_cell(a, b));
    if (rise_ <= 1) return b.d;
    step_ *= std::max(0.1, fitting(rise_));
  }
}

/// E[Σ C_i X_i | A] length² / 8. Three λ are tried near the best one for a normal f.
double ScanSteps::rise(const Three& q, const Three& c, double length) const {
  const double square =
      q.first * c.first * c.first + q.second * c.second * c.second + q.third * c.third * c.third;
  double mean = n_ * std::max({c.first, c.second, c.third});
  for (const double share : {0.5, 0.75, 1.0}) {
    const double lambda = share * std::sqrt(-2 * log_alpha_ / (n_ * square));
    const double moment = q.first * std::expm1(lambda * c.first) +
                          q.second * std::expm1(lambda * c.second) +
                          q.third * std::expm1(lambda * c.third);
    const double bound = (n_ * std::log1p(moment) - log_alpha_) / lambda;
    if (bound < mean) mean = bound;
  }
  return mean * length * length / 8 / allowance_;
}

double ScanSteps::rise_by_distance(const Cells& a, const Cells& b) const {
  const double h = b.d - a.d;
  // ln q_3: (q_3'/q_3)² falls with d, and |q_3'''| is below 2 φ(0) < 0.8.
  const double relative = (a.slope1 + a.slope2) / a.q3;
  const double bend = (a.d - half_) * a.slope1 + (a.d + half_) * a.slope2 + 0.8 * h;  // >= -q_3''
  const Three curvatures{curvature(half_ - b.d, b.slope1, b.q1),
                         curvature(-half_ - b.d, b.slope2, b.q2),
                         relative * relative + std::max(0.0, bend) / a.q3};
  return rise({a.q1, a.q2, b.q3}, curvatures, h);
}

/// By t = ln q_3: dq_1/dt = -q_3 w_1 with w_1 = q_1'/(q_1' + q_2') = 1 / (1 + exp(-θ d)), the same
/// of q_2 with w_2 = 1 - w_1, and dd/dt = q_3 / q_3'. Each factor is taken where it is largest.
double ScanSteps::rise_by_third_cell(const Cells& a, const Cells& b) const {
  const double w1 = b.slope1 / (b.slope1 + b.slope2);
  const double w2 = a.slope2 / (a.slope1 + a.slope2);
  const double turn = 2 * half_ * w1 * w2 * b.q3 / (b.slope1 + b.slope2);  // dw_1/dt
  const double first = b.q3 / b.q1;
  const double second = b.q3 / b.q2;
  const Three curvatures{first * w1 * first * w1 + first * (w1 + turn),
                         second * w2 * second * w2 + second * w2, 0};
  return rise({a.q1, a.q2, b.q3}, curvatures, std::log(b.q3 / a.q3));
}

}  // namespace certify

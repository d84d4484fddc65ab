#include "core/verify/checks/sequential_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace certify::checker {
namespace {

constexpr std::string_view kStopped = "cohen-sequential";
constexpr std::string_view kAllDrawn = "cohen-sequential (all n)";

/// Gauss's rule with five points on [-1, 1]: points and weights (Abramowitz & Stegun, 25.4.30).
constexpr std::array<std::pair<Real, Real>, 5> kGauss = {
    {{-0.906179845938663992797626878299L, 0.236926885056189087514264040720L},
     {-0.538469310105683091036314420700L, 0.478628670499366468041291514836L},
     {0.0L, 0.568888888888888888888888888889L},
     {0.538469310105683091036314420700L, 0.478628670499366468041291514836L},
     {0.906179845938663992797626878299L, 0.236926885056189087514264040720L}}};

/// ln of the likelihood ratio of 1 - θ = s against 1 - θ = p0.q, without cancellation near s =
/// p0.q.
Real log_ratio(Real successes, Real failures, Real s, Share p0) {
  const Real gained = successes * std::log1p((p0.q - s) / p0.p);
  return failures > 0 ? gained + failures * std::log(s / p0.q) : gained;
}

Finding check_bound(const StatedRow& row, const char* name, Share p) {
  if (row.method == kAllDrawn) return check_top_bound(row, name, p, row.alpha_left() * 0.9L);
  if (p.p <= 0) return std::nullopt;
  const Real evidence = log_evidence(row.n_top, row.n, p);
  const Real needed = std::log(10.0L / row.alpha_left());
  if (evidence >= needed - kTailError) return std::nullopt;
  return fmt::format(
      "{} claims too much: {} of {} votes are evidence of e^{} against p = {}, needed e^{}", name,
      row.n_top, row.n, shown(evidence), shown(p.p), shown(needed));
}

}  // namespace

Real log_evidence(std::int64_t k, std::int64_t t, Share p0) {
  const auto successes = static_cast<Real>(k);
  const auto failures = static_cast<Real>(t - k);
  const Real trials = std::max<Real>(1, successes + failures);
  // By the angle whose squared sine is 1 - θ, from 0 to that of 1 - p0. The logarithm of the ratio
  // is concave in it with second derivative at most -2t: 15 of these widths to both sides of the
  // peak are all.
  const Real end = std::asin(std::sqrt(std::min<Real>(1, p0.q)));
  const Real peak = std::min(end, std::asin(std::sqrt(failures / trials)));
  const Real reach = 15 / std::sqrt(2 * trials);
  const Real low = std::max<Real>(0, peak - reach);
  const Real high = std::min(end, peak + reach);
  const auto ratio = [&](Real angle) {
    const Real sine = std::sin(angle);
    return log_ratio(successes, failures, sine * sine, p0);
  };
  const Real top = ratio(peak);
  constexpr int kPanels = 240;
  const Real half = (high - low) / (2 * kPanels);
  Real sum = 0;
  for (int panel = 0; panel < kPanels; ++panel) {
    const Real middle = low + static_cast<Real>(2 * panel + 1) * half;
    for (const auto& [point, weight] : kGauss) {
      sum += weight * std::exp(ratio(middle + half * point) - top);
    }
  }
  return top + std::log(sum * half / end);
}

bool is_sequential(std::string_view method) { return method == kStopped || method == kAllDrawn; }
bool says_all_drawn(std::string_view method) { return method == kAllDrawn; }

std::vector<std::string> check_sequential(const StatedRow& row, ClassFrom from) {
  std::vector<std::string> findings;
  if (from == ClassFrom::kSameSamples) {
    findings.push_back("the class was chosen by the samples that decided when to stop");
  }
  for (Finding finding :
       {check_bound(row, "p_lower", stated_lower(row)),
        check_bound(row, "p_upper", stated_rest(row)), check_symmetric_radius(row)}) {
    if (finding) findings.push_back(std::move(*finding));
  }
  return findings;
}

}  // namespace certify::checker

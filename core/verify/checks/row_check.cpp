#include "core/verify/checks/row_check.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>

#include "core/verify/bounds/tails.h"
#include "core/verify/bounds/trinomial.h"
#include "core/verify/checks/gradient_check.h"
#include "core/verify/checks/radius_check.h"
#include "core/verify/checks/score_check.h"
#include "core/verify/checks/sequential_check.h"

namespace certify {
namespace {

using checker::kTailError;
using checker::quantile_hint;
using checker::Real;
using checker::Share;
using checker::shown;
using checker::upper_tail;

constexpr Real kSearchedRadiusError = 1e-9L;

bool is_two_sided(std::string_view m) {
  return m == "two-sided" || m == "second-margin (two-sided)" || m == "lecuyer" || m == "li";
}

/// What is proven of normal noise alone.
bool needs_quantiles(std::string_view m) {
  return m.starts_with("second-margin") || m == "lecuyer" || m == "li" || is_first_order(m) ||
         m.starts_with("soft-second-tangent");
}

bool exceeds(Real tail, Real allowed) { return tail > allowed * (1 + kTailError); }

/// max over 0 < β <= min(1, ½ ln(p_A / p_B)) of β / √(2 ln(1.25 (1 + e^β) / (p_A - e^{2β} p_B))).
/// Source: Cohen et al. (2019), appendix I.
Real lecuyer_radius(Share top, Real rival) {
  if (!(top.p > rival)) return 0;
  const Real limit = rival > 0 ? std::min<Real>(1, 0.5L * std::log(top.p / rival)) : 1;
  return checker::largest_found(
      limit * 1e-7L, limit, 400, checker::Spacing::kEven, [&](Real beta) -> Real {
        const Real gap = top.p - std::exp(2 * beta) * rival;
        return gap > 0 ? beta / std::sqrt(2 * std::log(1.25L * (1 + std::exp(beta)) / gap)) : 0;
      });
}

/// max over a > 0 of √(-(2/a) ln(1 - p_A - p_B + 2 M)), M = (½ (p_A^{1-a} + p_B^{1-a}))^{1/(1-a)}.
/// Source: the same, with the exponent put right (methods.md, section 1).
Real li_radius(Share top, Real rival) {
  if (!(top.p > rival && rival > 0)) return 0;
  return checker::largest_found(
      1e-4L, 1e6L, 800, checker::Spacing::kLogarithmic, [&](Real order) -> Real {
        const Real power = 1 - order;
        if (std::abs(power) < 1e-6L) return 0;
        const Real a = power * std::log(top.p);
        const Real b = power * std::log(rival);
        const Real log_sum = std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
        const Real mean = std::exp((log_sum - std::log(2.0L)) / power);
        const Real inside = top.q - rival + 2 * mean;
        return inside > 0 && inside < 1 ? std::sqrt(-2 / order * std::log(inside)) : 0;
      });
}

class RowCheck {
 public:
  RowCheck(const StatedRow& row, ClassFrom from, const ScoresBehind* scores,
           const GradientBehind* gradient)
      : row_(row),
        from_(from),
        scores_(scores),
        gradient_(gradient),
        allowed_(alpha_for_bounds(row.method, from, row.alpha_left())) {}

  std::vector<std::string> run() {
    check_columns();
    if (row_.norm != "l2" && needs_quantiles(row_.method)) {
      say("{} proves no {} radius: it compares quantiles of normal noise", row_.method, row_.norm);
      return std::move(findings_);
    }
    switch (checkable(row_.method)) {
      case Checkable::kUnknown:
        say("no method '{}' is known here", row_.method);
        break;
      case Checkable::kWithScores:
        check_on_scores();
        break;
      case Checkable::kWithGradient:
        add_all(check_first_order(row_, from_, gradient_));
        break;
      case Checkable::kYes:
        check_by_method();
    }
    return std::move(findings_);
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    findings_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void add(checker::Finding finding) {
    if (finding) findings_.push_back(std::move(*finding));
  }

  void add_all(std::vector<std::string> findings) {
    std::move(findings.begin(), findings.end(), std::back_inserter(findings_));
  }

  bool abstains() const { return row_.predicted < 0; }
  Share stated_lower() const { return checker::stated_lower(row_); }
  Share stated_rest() const { return checker::stated_rest(row_); }

  void check_columns() {
    if (row_.correct != (row_.predicted == row_.label)) {
      say("correct is {:d}, but predict is {} and label is {}", row_.correct, row_.predicted,
          row_.label);
    }
    if (abstains() && row_.radius > 0) say("abstains, but claims radius {}", row_.radius);
    if (row_.method == "second-margin (two-sided)" && row_.n <= kLargestExactMargin) {
      say("method is {}, but the rule for n = {} is second-margin", row_.method, row_.n);
    }
    // A decimal of a few digits lies between doubles by far more than a long double rounds.
    if (std::strtold(row_.radius_text.c_str(), nullptr) > static_cast<Real>(row_.radius)) {
      say("radius {} is above radius_full {}", row_.radius_text, row_.radius);
    }
  }

  void check_by_method() {
    if (row_.method == "predict") return check_prediction();
    if (row_.method == "enumerated") return check_counted();
    if (checker::is_sequential(row_.method)) return add_all(checker::check_sequential(row_, from_));
    if (row_.method != "cohen" && from_ == ClassFrom::kSameSamples && !abstains()) {
      check_class_verified();
    }
    if (row_.method == "cohen") {
      check_cohen();
    } else if (is_two_sided(row_.method)) {
      check_two_sided();
    } else {
      check_margin();
    }
  }

  void check_on_scores() {
    if (scores_ != nullptr) return add_all(check_bounds_on_scores(row_, from_, *scores_));
    const bool symmetric = stated_lower().q - row_.p_upper <= checker::kColumnRounding;
    add(checker::check_radius_of_two_bounds(row_, symmetric, [](Share) { return true; }));
  }

  /// 2 P[Bin(n_A + n_B, ½) >= n_A]. Source: Hung & Fithian (2019).
  Real tie_tail() const {
    const Real tail = upper_tail(row_.n_top, row_.n_top + row_.n_runner_up, Share{0.5L, 0.5L});
    return row_.n_top > row_.n_runner_up ? std::min<Real>(1, 2 * tail) : 1;
  }

  void check_prediction() {
    if (row_.radius > 0) say("predict claims no radius, but the row says {}", row_.radius);
    if (abstains() || !exceeds(tie_tail(), row_.alpha_left())) return;
    say("predicts {}, but a tie gives {} votes against {} with probability {}, allowed {}",
        row_.predicted, row_.n_top, row_.n_runner_up, shown(tie_tail()), row_.alpha);
  }

  /// All places of the cuts were taken. A move by k levels changes k of them at most.
  void check_counted() {
    const Real places = std::round(std::sqrt(3.0L) * 510 * row_.sigma);
    if (row_.norm != "l1") say("enumerated proves no {} radius", row_.norm);
    if (places != static_cast<Real>(row_.n)) {
      say("{} samples of a noise of sigma {}, which has {} in all", row_.n, row_.sigma,
          shown(places));
    }
    if (row_.alpha != 0) say("alpha is {}, but nothing was left to chance", row_.alpha);
    const std::int64_t lead = row_.n_top - row_.n_runner_up;
    if (!abstains() && !(static_cast<Real>(row_.radius) * 510 < static_cast<Real>(lead))) {
      say("radius_l1_full {} claims too much: a lead of {} samples is gone at {}", row_.radius,
          lead, shown(static_cast<Real>(lead) / 510));
    }
    const auto n = static_cast<Real>(row_.n);
    if (row_.p_lower * n > static_cast<Real>(row_.n_top) ||
        row_.p_upper * n < static_cast<Real>(row_.n_runner_up)) {
      say("p_lower {} and p_upper {} are not within {} and {} of {}", row_.p_lower, row_.p_upper,
          row_.n_top, row_.n_runner_up, row_.n);
    }
  }

  void check_class_verified() {
    const Real allowed = row_.alpha_left() / 10.0L;
    if (!exceeds(tie_tail(), allowed)) return;
    say("the class was chosen by the same samples, but a tie gives {} votes against {} with "
        "probability {}, allowed {}",
        row_.n_top, row_.n_runner_up, shown(tie_tail()), shown(allowed));
  }

  bool top_at_least(Share p, Real allowed) const {
    return !checker::check_top_bound(row_, "", p, allowed);
  }

  void check_top_bound(const char* name, Share p, Real allowed) {
    add(checker::check_top_bound(row_, name, p, allowed));
  }

  void check_cohen() {
    check_top_bound("p_lower", stated_lower(), allowed_);
    check_top_bound("p_upper", stated_rest(), allowed_);
    add(checker::check_symmetric_radius(row_));
  }

  void check_two_sided() {
    const Real each = allowed_ / 2;
    check_top_bound("p_lower", stated_lower(), each);
    const Real runner_up_tail =
        row_.p_upper >= 1
            ? 0
            : checker::lower_tail(row_.n_runner_up, row_.n, Share::from_p(row_.p_upper));
    const bool own_bound = !exceeds(runner_up_tail, each);
    const bool rest_of_top = row_.p_upper >= 1 || top_at_least(stated_rest(), each);
    if (!own_bound && !rest_of_top) {
      say("p_upper claims too much: P[Bin({}, p) <= {}] = {} at p = {}, allowed {}", row_.n,
          row_.n_runner_up, shown(runner_up_tail), row_.p_upper, shown(each));
    }
    if (row_.method == "lecuyer" || row_.method == "li") {
      check_searched_radius(rest_of_top);
    } else {
      add(checker::check_radius_of_two_bounds(
          row_, rest_of_top, [&](Share needed) { return top_at_least(needed, each); }));
    }
  }

  void check_searched_radius(bool rest_of_top) {
    if (abstains()) return;
    const Share top =
        rest_of_top && row_.p_upper < stated_lower().q ? stated_rest() : stated_lower();
    const Real largest = row_.sigma * (row_.method == "li" ? li_radius(top, row_.p_upper)
                                                           : lecuyer_radius(top, row_.p_upper));
    if (row_.radius <= largest * (1 + kSearchedRadiusError)) return;
    say("radius_full {} claims too much: the formula gives at most {}", row_.radius,
        shown(largest));
  }

  void check_margin() {
    add(checker::check_symmetric_radius(row_));
    if (!(row_.p_lower > 0) && !(row_.p_upper < 1) && abstains()) return;
    if (row_.n_top <= row_.n_runner_up) {
      return say("claims a margin, but {} votes do not beat {}", row_.n_top, row_.n_runner_up);
    }
    const Share half = row_.p_upper < stated_lower().q ? stated_rest() : stated_lower();
    if (row_.method == "first-margin") {
      check_first_margin(half);
    } else {
      check_second_margin(half);
    }
  }

  void check_first_margin(Share half) {
    const Real tail =
        checker::first_margin_tail(row_.n_top - row_.n_runner_up, row_.n, half, allowed_);
    if (!exceeds(tail, allowed_)) return;
    say("p_lower claims too much: two classes {} apart give a lead of {} among {} with probability "
        "{}, allowed {}",
        shown(half.p - half.q), row_.n_top - row_.n_runner_up, row_.n, shown(tail),
        shown(allowed_));
  }

  void check_second_margin(Share half) {
    const Real stated = quantile_hint(half);
    const Real theta = 2 * (abstains() ? stated : std::max(checker::noise_units(row_), stated));
    checker::SecondMarginTail outcomes(row_.n_top, row_.n_runner_up, row_.n, allowed_);
    const Real tail = outcomes.largest(theta);
    if (!exceeds(tail, allowed_)) return;
    say("p_lower claims too much: two classes with quantiles {} apart give counts like {} and {} "
        "of {} with probability {}, allowed {}",
        shown(theta), row_.n_top, row_.n_runner_up, row_.n, shown(tail), shown(allowed_));
  }

  const StatedRow& row_;
  ClassFrom from_;
  const ScoresBehind* scores_;
  const GradientBehind* gradient_;
  Real allowed_;
  std::vector<std::string> findings_;
};

}  // namespace

Checkable checkable(std::string_view method) {
  if (method == "cohen" || method == "predict" || method == "enumerated" ||
      method == "first-margin" || method == "second-margin" || is_two_sided(method) ||
      checker::is_sequential(method)) {
    return Checkable::kYes;
  }
  if (is_method_on_scores(method)) return Checkable::kWithScores;
  if (is_first_order(method)) return Checkable::kWithGradient;
  return Checkable::kUnknown;
}

long double alpha_for_bounds(std::string_view method, ClassFrom from, long double alpha) {
  if (from != ClassFrom::kSameSamples || method == "predict") return alpha;
  return method == "cohen" ? alpha / 2.0L : alpha * 0.9L;
}

std::vector<std::string> check_row(const StatedRow& row, ClassFrom from, const ScoresBehind* scores,
                                   const GradientBehind* gradient) {
  return RowCheck(row, from, scores, gradient).run();
}

}  // namespace certify

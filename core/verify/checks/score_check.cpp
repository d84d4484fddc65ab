#include "core/verify/checks/score_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include <fmt/format.h>

#include "core/verify/checks/radius_check.h"

namespace certify {
namespace {

using checker::Column;
using checker::mean_at_least;
using checker::MeanBound;
using checker::quantile_hint;
using checker::Real;
using checker::Share;
using checker::shown;
using checker::Verdict;
using Form = checker::ScoreColumns::Form;

enum class Margin { kFirstDirect, kFirstBonferroni, kSecondTop, kSecondTangent, kSecond };

struct Kind {
  Margin margin;
  MeanBound bound;
};

constexpr std::array<std::string_view, 5> kMargins = {"first-direct-", "first-bonferroni-",
                                                      "second-top-", "second-tangent-", "second-"};
constexpr std::array<std::string_view, 5> kBounds = {"empirical-bernstein", "confidence-sequence",
                                                     "betting", "histogram", "star-bets"};

std::optional<Kind> kind_of(std::string_view method) {
  constexpr std::string_view kPrefix = "soft-";
  if (!method.starts_with(kPrefix)) return std::nullopt;
  const std::string_view name = method.substr(kPrefix.size());
  for (std::size_t m = 0; m < kMargins.size(); ++m) {
    if (!name.starts_with(kMargins[m])) continue;
    const auto bound = std::find(kBounds.begin(), kBounds.end(), name.substr(kMargins[m].size()));
    if (bound == kBounds.end()) continue;
    const Kind kind{static_cast<Margin>(m), static_cast<MeanBound>(bound - kBounds.begin())};
    if (kind.margin == Margin::kSecondTangent && kind.bound == MeanBound::kHistogram) continue;
    return kind;
  }
  return std::nullopt;
}

bool needs_order(Kind kind) {
  return kind.margin == Margin::kSecondTangent || kind.bound == MeanBound::kConfidenceSequence ||
         kind.bound == MeanBound::kBetting || kind.bound == MeanBound::kStarBets;
}

/// The slope of the curve of equal second margins where a class and a rival have these means, cut
/// to [0.05, 0.95]: φ(Φ⁻¹(a)) / φ(Φ⁻¹(b)).
Real tangent_slope(double a, double b) {
  const auto quantile = [](double mean) {
    return quantile_hint(Share::from_p(std::clamp<Real>(mean, 0.05L, 0.95L)));
  };
  const Real u = quantile(a);
  const Real v = quantile(b);
  return std::exp((v * v - u * u) / 2);
}

/// The least d for which every point of the line p_A - s p_B = d, as far as p_A + p_B <= 1, has
/// Φ⁻¹(p_A) - Φ⁻¹(p_B) >= theta > 0: the largest Φ(theta + v) - s Φ(v) over v <= -theta/2, which
/// rises up to v = -ln(s)/theta - theta/2 and falls from there.
Real line_needed(Real theta, Real slope) {
  const Real v = std::min<Real>(0, -std::log(slope) / theta) - theta / 2;
  return checker::normal(theta + v).p - slope * checker::normal(v).p;
}

class ScoreCheck {
 public:
  ScoreCheck(const StatedRow& row, Kind kind, ClassFrom from, const ScoresBehind& scores)
      : row_(row),
        kind_(kind),
        scores_(scores.columns),
        lipschitz_(scores.lipschitz),
        alpha_(from == ClassFrom::kSameSamples ? row.alpha_left() / scores.classes
                                               : row.alpha_left()),
        form_(kind.bound == MeanBound::kHistogram ? Form::kBinned : Form::kAsKept) {}

  std::vector<std::string> run() {
    if (claims_nothing()) return {};
    if (needs_order(kind_) && !scores_.in_order()) {
      return {fmt::format("{} needs scores in the order drawn, a histogram was kept", row_.method)};
    }
    if (scores_.samples() != row_.n) {
      return {fmt::format("scores of {} samples were kept, n is {}", scores_.samples(), row_.n)};
    }
    if (row_.predicted >= 0 && row_.predicted != scores_.tested()) {
      return {fmt::format("predicts {}, but the scores that were kept are those of class {}",
                          row_.predicted, scores_.tested())};
    }
    check();
    return std::move(findings_);
  }

 private:
  bool claims_nothing() const {
    return row_.predicted < 0 && row_.p_lower <= 0 && row_.p_upper >= 1;
  }

  void check() {
    switch (kind_.margin) {
      case Margin::kFirstDirect:
        check_mean(scores_.half_margin(form_));
        return check_radius_of_first_margin();
      case Margin::kFirstBonferroni:
        check_difference();
        return check_radius_of_first_margin();
      case Margin::kSecondTop:
        check_mean(scores_.top(form_));
        return add(checker::check_symmetric_radius(row_));
      case Margin::kSecondTangent:
        check_lines();
        return add(checker::check_symmetric_radius(row_));
      case Margin::kSecond:
        return check_two_means();
    }
  }

  void add(checker::Finding finding) {
    if (finding) findings_.push_back(std::move(*finding));
  }

  void say_if_failed(const char* name, Real at, const Verdict& verdict) {
    if (verdict.holds) return;
    findings_.push_back(
        fmt::format("{} claims too much: a mean of {} at failure probability {}: {}", name,
                    shown(at), shown(alpha_), verdict.why));
  }

  /// One mean, stated as p_lower and as 1 - p_upper.
  void check_mean(const Column& x) {
    const Real rest = checker::stated_rest(row_).p;
    say_if_failed("p_lower", row_.p_lower, mean_at_least(x, row_.p_lower, alpha_, kind_.bound));
    say_if_failed("p_upper", rest, mean_at_least(x, rest, alpha_, kind_.bound));
  }

  /// Whether every rival's mean is at most `upper`, at half of alpha.
  Verdict rivals_at_most(Real upper) const {
    for (int rival = 1; rival <= scores_.rivals(); ++rival) {
      Verdict verdict =
          mean_at_least(scores_.rival_mirrored(rival, form_), 1 - upper, alpha_ / 2, kind_.bound);
      if (!verdict.holds) return verdict;
    }
    return {};
  }

  void check_two_means() {
    const Column top = scores_.top(form_);
    const auto top_at_least = [&](Real m) {
      return mean_at_least(top, m, alpha_ / 2, kind_.bound);
    };
    say_if_failed("p_lower", row_.p_lower, top_at_least(row_.p_lower));
    const bool rest_of_top = top_at_least(checker::stated_rest(row_).p).holds;
    if (!rest_of_top) say_if_failed("p_upper", row_.p_upper, rivals_at_most(row_.p_upper));
    add(checker::check_radius_of_two_bounds(
        row_, rest_of_top, [&](Share needed) { return top_at_least(needed.p).holds; }));
  }

  /// (1 + L - U) / 2, where U is the rivals' bound or 1 - L; then it is L itself.
  void check_difference() {
    const Real stated = std::max<Real>(row_.p_lower, checker::stated_rest(row_).p);
    const Column top = scores_.top(form_);
    const Verdict alone = mean_at_least(top, stated, alpha_ / 2, kind_.bound);
    if (alone.holds) return;
    const Real lower = checker::largest_mean_held(top, alpha_ / 2, kind_.bound);
    say_if_failed("p_lower", stated, rivals_at_most(1 + lower - 2 * stated));
  }

  void check_lines() {
    const Share half = row_.p_upper < checker::stated_lower(row_).q ? checker::stated_rest(row_)
                                                                    : checker::stated_lower(row_);
    if (!(half.p > half.q)) return;  // no margin is claimed
    const std::vector<double>& means = scores_.selection_means();
    if (static_cast<int>(means.size()) != scores_.rivals() + 1) {
      findings_.push_back("no mean scores of the selection samples were kept: no slopes");
      return;
    }
    const Real theta =
        2 * std::max(quantile_hint(half), row_.predicted < 0 ? 0 : checker::noise_units(row_));
    for (int rival = 1; rival <= scores_.rivals(); ++rival) {
      const Real slope = tangent_slope(means[0], means[static_cast<std::size_t>(rival)]);
      const Real unit = (line_needed(theta, slope) + slope) / (1 + slope);
      say_if_failed("p_lower", unit,
                    mean_at_least(scores_.tangent(rival, slope), unit, alpha_, kind_.bound));
    }
  }

  /// sigma Φ⁻¹((1 + d) / 2), or d / (√2 L) with the network's Lipschitz constant.
  void check_radius_of_first_margin() {
    const Real d = static_cast<Real>(row_.p_lower) - row_.p_upper;
    const Real scaled = row_.radius * std::numbers::sqrt2_v<Real> * lipschitz_;
    constexpr Real kRoundedDown = 1e-12L;
    if (lipschitz_ > 0 && d > 0 && scaled < d * (1 - kRoundedDown)) {
      findings_.push_back(fmt::format(
          "radius_full {} is below {}, which lipschitz {} gives: the row was made with another",
          row_.radius, shown(d / (std::numbers::sqrt2_v<Real> * lipschitz_)), lipschitz_));
    }
    if (lipschitz_ > 0 && row_.predicted >= 0 && scaled <= d) return;
    add(checker::check_symmetric_radius(row_));
  }

  const StatedRow& row_;
  Kind kind_;
  const checker::ScoreColumns& scores_;
  double lipschitz_;
  Real alpha_;
  Form form_;
  std::vector<std::string> findings_;
};

}  // namespace

bool is_method_on_scores(std::string_view method) { return kind_of(method).has_value(); }

std::vector<std::string> check_bounds_on_scores(const StatedRow& row, ClassFrom from,
                                                const ScoresBehind& scores) {
  return ScoreCheck(row, kind_of(row.method).value(), from, scores).run();
}

}  // namespace certify

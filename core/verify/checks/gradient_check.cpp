#include "core/verify/checks/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include <fmt/format.h>

#include "core/verify/bounds/gradient_bounds.h"
#include "core/verify/checks/radius_check.h"

namespace certify {
namespace {

using checker::Real;
using checker::Share;
using checker::shown;

constexpr std::string_view kPaper = "first-order", kTight = "first-order-tight";
constexpr Real kSlabError = 1e-15L;

/// 1/4 + 3/√(8πe), or its numeric supremum rounded up (docs/first-order.md).
Real variance_proxy(std::string_view method) {
  if (method == kTight) return 0.4022L;
  return 0.25L + 3 / std::sqrt(8 * std::numbers::pi_v<Real> * std::numbers::e_v<Real>);
}

class Norms {
 public:
  Norms(const GradientStatistics& g, Real alpha, Real k)
      : g_(g),
        each_(alpha / 4 / static_cast<Real>(2 + g.subspaces.size())),
        k_(k),
        lower_(checker::norm_at_least(stored(g.dot, g.dimension), alpha / 4, k)),
        upper_(checker::norm_at_most(stored(g.dot, g.dimension), each_, k)) {}

  /// How fast the class can lose votes along a move that counts for this radius; nothing for a
  /// radius of no known name.
  std::optional<Real> along(const std::string& name) const {
    if (name == "l2" || name == "linf") return upper_;
    if (name == "l1") {
      return std::min(upper_,
                      checker::entry_at_most(g_.largest, g_.dimension, g_.n1 + g_.n2, each_, k_));
    }
    for (const SubspaceDot& s : g_.subspaces) {
      if (s.name == name) {
        return std::min(upper_, checker::norm_at_most(stored(s.dot, s.dimension), each_, k_));
      }
    }
    return std::nullopt;
  }
  Real across(Real along) const {
    return lower_ > along ? std::sqrt((lower_ - along) * (lower_ + along)) : 0;
  }

 private:
  checker::StoredDot stored(double dot, std::int64_t dimension) const {
    return {dot, dimension, g_.n1, g_.n2};
  }

  const GradientStatistics& g_;
  Real each_, k_, lower_, upper_;
};

class FirstOrderCheck {
 public:
  FirstOrderCheck(const StatedRow& row, const GradientBehind* gradient)
      : row_(row),
        gradient_(gradient),
        top_(checker::stated_lower(row).q <= row.p_upper ? checker::stated_lower(row)
                                                         : checker::stated_rest(row)) {}

  std::vector<std::string> run(ClassFrom from) {
    if (from == ClassFrom::kSameSamples) {
      say("the class was chosen by the samples that its gradient is of");
    }
    check_top_bound("p_lower", checker::stated_lower(row_));
    check_top_bound("p_upper", checker::stated_rest(row_));
    if (gradient_ == nullptr) return std::move(findings_);
    if (row_.predicted >= 0) {
      if (!(top_.p > top_.q)) {
        say("claims class {}, but p_lower is {}", row_.predicted, row_.p_lower);
        return std::move(findings_);
      }
      const GradientStatistics& g = gradient_->statistics;
      if (g.tested != row_.predicted) {
        say("the gradient is of class {}, the row of {}", g.tested, row_.predicted);
      }
    }
    check_radii();
    return std::move(findings_);
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    findings_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void check_top_bound(const char* name, Share p) {
    auto finding = checker::check_top_bound(row_, name, p, row_.alpha_left() / 2);
    if (finding) findings_.push_back(std::move(*finding));
  }

  void check_radii() {
    const Norms norms(gradient_->statistics, row_.alpha_left(), variance_proxy(row_.method));
    check_radius(norms, {"l2", row_.radius, {}}, "radius_full");
    if (gradient_->radii == nullptr) return;
    const StatedRadii& stated = *gradient_->radii;
    const auto compare = [&](const char* column, auto there, auto here) {
      if (there != here) say("{} is {} among the radii, {} here", column, there, here);
    };
    compare("idx", stated.index, row_.index);
    compare("label", stated.label, row_.label);
    compare("predict", stated.predicted, row_.predicted);
    compare("correct", stated.correct, row_.correct);
    std::vector<std::string> expected{"l2", "l1", "linf", "cohen"};
    for (const auto& subspace : gradient_->statistics.subspaces) expected.push_back(subspace.name);
    for (const std::string& name : expected) {
      if (std::ranges::find(stated.radii, name, &StatedRadius::name) == stated.radii.end()) {
        say("radius_{} is missing", name);
      }
    }
    for (const StatedRadius& radius : stated.radii) {
      check_radius(norms, radius, "radius_" + radius.name);
    }
  }

  void check_radius(const Norms& norms, const StatedRadius& stated, const std::string& column) {
    if (!(stated.radius > 0)) return;
    if (row_.predicted < 0) return say("abstains, but claims {}", column);
    const auto r = static_cast<Real>(stated.radius) / row_.sigma;
    if (stated.name == "cohen") {
      if (checker::normal_at_most(r, top_)) return;
      return say("{} {} claims too much: 1 - Φ(radius / sigma) = {}, allowed down to {}", column,
                 stated.radius, shown(checker::normal(r).q), shown(top_.q));
    }
    const std::optional<Real> along = norms.along(stated.name);
    if (!along) return say("{}: nothing is stored about it", column);
    const auto dimension = static_cast<Real>(gradient_->statistics.dimension);
    const Real length = stated.name == "linf" ? r * std::sqrt(dimension) : r;
    const Real slab = checker::kept_by_slab(top_, *along, length);
    if (slab >= 0.5L - kSlabError) return;
    const checker::DualEvidence dual =
        checker::kept_by_dual(stated.lambda, top_, *along, norms.across(*along), length);
    if (dual.kept >= 0.5L - dual.error) return;
    say("{} {} claims too much: with a gradient of at most {} the class may keep only "
        "{} of the votes there, and its proof leaves {}",
        column, stated.radius, shown(*along), shown(slab), shown(dual.kept));
  }

  const StatedRow& row_;
  const GradientBehind* gradient_;
  Share top_;
  std::vector<std::string> findings_;
};

}  // namespace

bool is_first_order(std::string_view method) { return method == kPaper || method == kTight; }

std::vector<std::string> check_first_order(const StatedRow& row, ClassFrom from,
                                           const GradientBehind* gradient) {
  return FirstOrderCheck(row, gradient).run(from);
}

}  // namespace certify

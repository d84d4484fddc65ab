#include "core/methods/first_order.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/first_order/ball_radius.h"
#include "core/first_order/dual_radius.h"
#include "core/first_order/gradient_norms.h"
#include "core/methods/catalogue.h"
#include "core/methods/selection.h"
#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

constexpr std::string_view kName = "first-order", kTightName = "first-order-tight";

void check(const ImageSamples& samples, const MethodOptions& options,
           const ClassUnderTest& tested) {
  if (options.selection == Selection::kSame) {
    throw InputError(
        "first-order: the gradient is kept of one class, which must be known before the samples "
        "are drawn; choose it by `n0` or `label`");
  }
  if (samples.gradient.empty()) {
    throw DataError("image {}: no gradient statistics were kept; sample with --gradient",
                    samples.index);
  }
  if (tested.top != kAbstain && samples.gradient.tested != tested.top) {
    throw InputError("image {}: gradient statistics of class {}, but class {} is tested",
                     samples.index, samples.gradient.tested, tested.top);
  }
}

/// Bounds on norms of u = σ∇g that hold together: a quarter of alpha for the lower one, a quarter
/// shared by the upper ones.
class Norms {
 public:
  Norms(const GradientStatistics& gradient, double alpha, SubGaussian constant)
      : gradient_(gradient),
        constant_(constant),
        each_(alpha / 4 / static_cast<double>(2 + gradient.subspaces.size())),
        lower_(gradient_l2_lower(split(gradient.dimension, gradient.dot), alpha / 4, constant)),
        upper_(gradient_l2_upper(split(gradient.dimension, gradient.dot), each_, constant)) {}

  double l2() const { return upper_; }
  double l2_lower() const { return lower_; }
  double linf() const {
    return std::min(upper_, gradient_linf_upper(gradient_.largest, gradient_.dimension,
                                                gradient_.n1 + gradient_.n2, each_, constant_));
  }
  double in(const SubspaceDot& subspace) const {
    return std::min(upper_,
                    gradient_l2_upper(split(subspace.dimension, subspace.dot), each_, constant_));
  }
  /// The norm of what is left of u without a component of at most `along`, rounded down.
  double across(double along) const {
    if (!(lower_ > along)) return 0;
    return std::sqrt((lower_ - along) * (lower_ + along)) * (1 - 1e-15);
  }

 private:
  GradientSplit split(std::int64_t dimension, double dot) const {
    return {dot, dimension, gradient_.n1, gradient_.n2};
  }

  const GradientStatistics& gradient_;
  SubGaussian constant_;
  double each_, lower_, upper_;
};

/// A move by r with a component of at most `along` towards smaller probability: certified by the
/// dual.
NamedRadius directed(const std::string& name, const LowerBound& top, double along,
                     const Norms& norms, double sigma) {
  const DualRadius found = first_order_radius({top, along, norms.across(along)});
  return {name, multiply_down(sigma, found.r), found.lambda};
}

std::vector<NamedRadius> all_radii(const LowerBound& top, const GradientStatistics& gradient,
                                   double sigma, double alpha, SubGaussian constant) {
  const Norms norms(gradient, alpha, constant);
  const double l2 = multiply_down(sigma, first_order_l2_radius(top, norms.l2()));
  // |δ|₂ <= √d |δ|∞: the cube of half side R lies in the ball of radius √d R.
  const double root = std::sqrt(static_cast<double>(gradient.dimension)) * (1 + 1e-15);
  std::vector<NamedRadius> radii{{"l2", l2, {}},
                                 directed("l1", top, norms.linf(), norms, sigma),
                                 {"linf", multiply_down(l2, 1 / root), {}}};
  for (const SubspaceDot& subspace : gradient.subspaces) {
    radii.push_back(directed(subspace.name, top, norms.in(subspace), norms, sigma));
  }
  // Moves within an ℓ1 ball or a subspace lie within the ℓ2 ball too.
  for (NamedRadius& r : radii) {
    if (r.name != "linf" && r.radius < l2) r = {r.name, l2, {}};
  }
  radii.push_back({"cohen", multiply_down(sigma, lower_quantile(top)), {}});
  return radii;
}

/// The names, with nothing certified.
std::vector<NamedRadius> no_radii(const GradientStatistics& gradient) {
  std::vector<NamedRadius> radii{{"l2", 0, {}}, {"l1", 0, {}}, {"linf", 0, {}}};
  for (const SubspaceDot& subspace : gradient.subspaces) radii.push_back({subspace.name, 0, {}});
  radii.push_back({"cohen", 0, {}});
  return radii;
}

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options,
                          SubGaussian constant, std::string_view name) {
  const ClassUnderTest tested = select(samples, options, SelectionCost::kUnion);
  check(samples, options, tested);
  Certificate certificate = abstention(samples, options, tested, name);
  certificate.radii = no_radii(samples.gradient);
  if (tested.top == kAbstain) return certificate;
  const LowerBound top = clopper_pearson_lower(tested.n_top, tested.n, tested.alpha / 2);
  certificate.p_lower = top.p;
  certificate.p_upper = top.q;
  if (!(top.p > 0.5) || !(lower_quantile(top) > 0)) return certificate;
  certificate.radii = all_radii(top, samples.gradient, options.noise.sigma, tested.alpha, constant);
  certificate.predicted = tested.top;
  certificate.radius = certificate.radii.front().radius;
  return certificate;
}

SubGaussian constant_of(const Method& method) {
  return method.name == kTightName ? SubGaussian::kTight : SubGaussian::kPaper;
}

constexpr std::string_view kGuarantee =
    "the smoothed classifier answers the class everywhere within the l2 radius, and within the l1, "
    "linf and colour-channel radii beside it, because its probability exceeds p_lower > 1/2 and "
    "its gradient is no longer than the samples say";

}  // namespace

std::optional<GradientKnowledge> first_order_knowledge(const ImageSamples& samples,
                                                       const MethodOptions& options,
                                                       const Method& method) {
  require_family(method, *options.noise.family);
  const ClassUnderTest tested = select(samples, options, SelectionCost::kUnion);
  check(samples, options, tested);
  if (tested.top == kAbstain) return std::nullopt;
  const LowerBound top = clopper_pearson_lower(tested.n_top, tested.n, tested.alpha / 2);
  if (!(top.p > 0.5) || !(lower_quantile(top) > 0)) return std::nullopt;
  const Norms norms(samples.gradient, tested.alpha, constant_of(method));
  return GradientKnowledge{top, norms.l2_lower(), norms.l2()};
}

const Method kFirstOrder = {
    .name = kName,
    .source = "Mohapatra et al. (2020), theorems 3 and 5 corrected, with a dual certificate",
    .guarantee = kGuarantee,
    .needs = SampleNeeds::kGradient,
    .families = kFirstOrderFamilies,
    .certify =
        [](const ImageSamples& samples, const MethodOptions& options) {
          return certify_image(samples, options, SubGaussian::kPaper, kName);
        },
};

const Method kFirstOrderTight = {
    .name = kTightName,
    .source =
        "the same, with 0.4022 for the sub-Gaussian constant: its supremum, found numerically",
    .guarantee = kGuarantee,
    .needs = SampleNeeds::kGradient,
    .families = kFirstOrderFamilies,
    .certify =
        [](const ImageSamples& samples, const MethodOptions& options) {
          return certify_image(samples, options, SubGaussian::kTight, kTightName);
        },
};

}  // namespace certify

#pragma once
/// A certification method: a pure function from one image's samples to its certificate.

#include <string_view>

#include "core/base/certificate.h"
#include "core/base/samples.h"
#include "core/noise/families.h"

namespace certify {

/// Where the class under test comes from, and so what its choice costs.
enum class Selection {
  kSeparate,  ///< most frequent of the n0 selection samples: free
  kSame,      ///< most frequent of the same n samples: paid for out of alpha
  kLabel,     ///< the known label: free; enough for a certified-accuracy curve
};

/// What must have been kept of the samples.
enum class SampleNeeds {
  kCounts,     ///< votes only: every run has them
  kTrace,      ///< scores in the order drawn
  kHistogram,  ///< scores, binned or in order
  kGradient,   ///< averages of the noise of the class under test
};

struct MethodOptions {
  Noise noise = {};      ///< with a map, certify_one() makes an ellipsoid of what is proven
  double alpha = 0.001;  ///< failure probability of each certificate
  Selection selection = Selection::kSeparate;
  /// ℓ2 Lipschitz constant of the network's scores, if one is proven; 0 where none is known.
  /// Methods on the first margin of scores then also certify d / (√2 L) and report the larger
  /// radius.
  double lipschitz = 0;
  /// What the noise takes of alpha, because it is drawn from a distribution that near to the stated
  /// one; certify_one() subtracts it. See NoiseFamily::total_variation.
  double noise_alpha = 0;
};

/// The options with what the noise leaves of alpha, for bounds to spend.
/// @throws InputError where it leaves nothing.
MethodOptions after_noise(MethodOptions options);

/// Whatever the method, the radius is the noise's pair_radius() of p_lower and p_upper to rounding,
/// that is sigma/2 (Φ⁻¹(p_lower) - Φ⁻¹(p_upper)) of Gaussian noise, except for
/// `predict`, `enumerated`, the two comparison baselines `lecuyer` and `li`, a radius from a
/// Lipschitz constant, and those of first order, which are larger. A method that bounds a margin
/// and not the two probabilities states the symmetric pair with that margin.
struct Method {
  std::string_view name;       ///< as typed after --method
  std::string_view source;     ///< paper and section
  std::string_view guarantee;  ///< what a certificate of it says, in one sentence
  SampleNeeds needs;
  NoiseFamilies families;  ///< of noise that it is proven for
  /// @throws InputError for samples that the method cannot use (no selection samples although
  /// selection is kSeparate, no estimation samples, label outside the classes) or bad options.
  Certificate (*certify)(const ImageSamples& samples, const MethodOptions& options);
  /// Still a certificate where the samples themselves decided how many to draw (`--stop-at`). The
  /// others throw InputError for an image that was stopped, and must not be used on the other
  /// images of such a run either: that one of them drew all n depended on its samples as well.
  bool optional_stopping = false;
  /// It bounds a margin alone: its p_lower and p_upper are the symmetric pair with that margin, and
  /// no bounds on the two probabilities.
  bool bounds_margin = false;
  /// It counts and bounds nothing: alpha plays no part, and no class has to be chosen beforehand.
  bool certain = false;
};

}  // namespace certify

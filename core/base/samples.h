#pragma once
/// What sampling leaves behind of one image: all that any certificate may look at.

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/gradient.h"
#include "core/base/scores.h"

namespace certify {

/// How often each class was the base classifier's answer under noise.
/// A sample whose logits are not finite votes for no class: it is counted in `invalid`, stays in
/// the total, and competes like one more class, so it can only weaken a certificate. Dropping it
/// would change n.
struct ClassCounts {
  std::vector<std::int64_t> votes;  ///< one entry a class
  std::int64_t invalid = 0;

  int num_classes() const { return static_cast<int>(votes.size()); }
  /// All samples drawn, invalid ones included.
  std::int64_t total() const;
  /// The class with most votes, the lowest index on a tie; -1 when no class has a vote.
  int top_class() const;
  /// The most votes that anything but class c got (`invalid` included).
  std::int64_t best_other(int c) const;

  bool operator==(const ClassCounts&) const = default;
};

/// The class that each row of logits votes for: the largest, the lowest index on a tie; -1, for no
/// class, where one is not finite. @param logits  [rows][classes]
std::vector<int> row_votes(std::span<const float> logits, std::size_t classes);
ClassCounts count_votes(std::span<const int> votes, std::size_t classes);

/// Why fewer estimation samples were drawn than the n of the run.
enum class StopReason {
  kNone,       ///< all n were drawn
  kCertified,  ///< every radius asked for is certified
  kHopeless,   ///< the next radius asked for is out of reach
};

/// The sample record of one image.
struct ImageSamples {
  std::int64_t index = 0;  ///< position in the whole data set
  int label = 0;
  ClassCounts selection;   ///< n0 samples that may only choose the class; all zero when n0 = 0
  ClassCounts estimation;  ///< n samples, independent of the selection ones
  StopReason stopped = StopReason::kNone;
  double seconds = 0;  ///< time spent sampling; never part of a certificate
  // Of the estimation samples; each is empty unless it was asked for.
  ScoreTrace trace;
  ScoreHistogram histogram;
  GradientStatistics gradient;
  std::vector<float> logits;  ///< [n][classes], not finite where the network's were not

  std::size_t bytes() const;  ///< of memory, about
};

}  // namespace certify

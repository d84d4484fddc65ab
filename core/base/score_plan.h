#pragma once

namespace certify {

/// What is kept of the network's soft outputs, beside the votes. Rising: what has more can do what
/// needs less.
enum class ScoreKeeping {
  kNone,
  kHistogram,  ///< binned scores: constant in n
  kTrace,      ///< a few scores a sample, in the order drawn: what sequence bounds need, no more
  kMatrix,  ///< all logits, n × classes: for small n, so that the temperature can be changed later
};

/// How logits become a point of the simplex.
enum class ScoreLink { kSoftmax, kSparsemax };

struct ScorePlan {
  ScoreKeeping keep = ScoreKeeping::kNone;
  ScoreLink link = ScoreLink::kSoftmax;
  double temperature = 1;  ///< logits are divided by it
  int bins = 1024;         ///< of a histogram
  /// The class whose scores are kept: the known label, or (false) the winner of the n0 samples.
  bool of_label = false;
};

}  // namespace certify

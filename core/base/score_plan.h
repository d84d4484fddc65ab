#pragma once

namespace certify {

/// What is kept of the network's soft outputs, beside the votes.
enum class ScoreKeeping {
  kNone,
  kTrace,      ///< a few scores a sample, in the order drawn: what sequence bounds need, no more
  kHistogram,  ///< binned scores: constant in n
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

#pragma once
/// Bounds on the means of score columns, from whichever statistics were kept.

#include <vector>

#include "core/base/samples.h"
#include "core/stats/bound.h"

namespace certify {

enum class MeanBound { kEmpiricalBernstein, kConfidenceSequence, kBetting, kHistogram, kStarBets };

/// The columns of one image's scores. A view: `samples` must outlive it.
class ScoreBounds {
 public:
  /// @throws InputError when the samples lack what the bound needs, when their number is not that
  /// of the estimation samples, or when they were kept for another class than `tested`.
  ScoreBounds(const ImageSamples& samples, MeanBound bound, int tested);

  /// On the mean score of the class under test.
  LowerBound top(double alpha) const;
  /// On the largest mean score of any other class; alpha is spent once, not once a class: the
  /// largest of the columns' bounds is at least the bound of the column with the largest mean.
  UpperBound rivals(double alpha) const;
  /// On the mean of X^top - slope X^rival for one rival column, 1 <= rival < columns(); needs a
  /// trace.
  double tangent(int rival, double slope, double alpha) const;
  int columns() const { return columns_; }

  /// On the mean of (1 + Z) / 2, Z the tested class's score minus the largest other.
  LowerBound half_margin(double alpha) const;

 private:
  enum class Side { kBelow, kAbove };
  LowerBound lower(int column, Side side, double alpha) const;
  LowerBound lower(const std::vector<double>& x, double alpha) const;
  std::vector<double> sequence(int column, Side side) const;

  const ScoreTrace& trace_;
  ScoreHistogram binned_;  ///< empty where the trace is used as it is
  MeanBound bound_;
  int columns_;
};

}  // namespace certify

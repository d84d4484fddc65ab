#pragma once
/// The columns of one image's scores, worked out again from what was kept: a trace, a histogram, or
/// the logits themselves. Shares no code with core/methods or core/sampling.

#include <span>
#include <string>
#include <vector>

#include "core/base/samples.h"
#include "core/base/score_plan.h"
#include "core/verify/bounds/mean_bounds.h"

namespace certify::checker {

class ScoreColumns {
 public:
  /// @param tested  the class under test: of a matrix, which has all; a trace or histogram is of
  /// the one class that tested() names
  ScoreColumns(const ImageSamples& samples, const ScorePlan& plan, int tested);

  int tested() const { return tested_; }
  bool in_order() const { return !rows_.empty(); }
  bool empty() const { return rows_.empty() && counts_.empty(); }
  std::int64_t samples() const;
  /// Candidates and, last, the largest of all other classes.
  int rivals() const { return width_ - 1; }
  const std::vector<double>& selection_means() const { return selection_means_; }

  enum class Form {
    kAsKept,  ///< of a histogram, what its bins leave of the values
    kBinned,  ///< of a trace too, in 1024 bins
  };
  Column top(Form form) const { return column(0, form, false); }
  /// 1 - the scores of rival 1 … rivals(): at least this mean is at most one minus it.
  Column rival_mirrored(int rival, Form form) const { return column(rival, form, true); }
  /// (1 + Z) / 2, Z the tested class's score minus the largest other.
  Column half_margin(Form form) const { return column(width_, form, false); }
  /// (X - s Y + s) / (1 + s) for the class X under test and a rival Y. @pre in_order()
  Column tangent(int rival, Real slope) const;

 private:
  Column column(int c, Form form, bool mirrored) const;
  std::vector<Real> values(int column) const;

  int tested_ = -1;
  int width_ = 0;  ///< of a row: the tested class, candidates, the rest
  std::vector<float> rows_;
  std::vector<std::int64_t> counts_;  ///< [width + 1][bins + 1]
  int bins_ = 0;
  std::vector<double> selection_means_;
};

/// Whose scores are kept one by one beside those of the class under test: all rivals of up to 16
/// classes, else the 8 with most selection votes, in the order of classes.
std::vector<int> candidates_of(const ClassCounts& selection, int tested);

/// Votes are the largest logits, the lowest class on a tie, and none where one is not finite.
/// @param logits  [rows][classes]
ClassCounts votes_of(std::span<const float> logits, int classes);

/// sin²(π b / (2 bins)) as floats. @return bins + 1 of them
std::vector<float> bin_edges(int bins);

}  // namespace certify::checker

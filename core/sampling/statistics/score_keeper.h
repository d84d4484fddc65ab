#pragma once
/// The soft outputs of one image's estimation samples, reduced to what is asked for as they come.

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/samples.h"
#include "core/base/score_plan.h"
#include "core/methods/method.h"

namespace certify {

/// Rivals whose scores are kept one by one: all where classes are few, else those with most
/// selection votes. The estimation samples have no say, so nothing is paid for the choice.
std::vector<int> candidate_rivals(const ClassCounts& selection, int tested);

/// Samples that were kept as a matrix of logits get their trace, for one link and temperature, and
/// lose the matrix. Of class 0 where there is no vote: all methods abstain then. Others stay as
/// they are.
/// @param select  how the class under test is chosen
void trace_from_logits(ImageSamples& samples, Selection select, ScoreLink link, double temperature);

class ScoreKeeper {
 public:
  /// @param n0,n  selection and estimation samples to come
  ScoreKeeper(const ScorePlan& plan, int classes, std::int64_t n0, std::int64_t n);

  /// Selection samples first, first + 1, …, whose mean scores methods may tune themselves on.
  void add_selection(std::span<const float> logits, std::int64_t first);

  /// Fixes the class under test and its rivals; call it when all selection samples are counted.
  void choose(const ClassCounts& selection, int label);
  bool chosen() const { return chosen_; }

  /// One batch, reduced. Costs most, and needs no lock.
  struct Part {
    std::int64_t first = 0;  ///< estimation sample of the first row
    ScoreTrace trace;
    ScoreHistogram histogram;
    std::vector<float> logits;
  };
  /// @param logits  [rows][classes] of estimation samples first, first + 1, …   @pre chosen()
  Part reduce(std::span<const float> logits, std::int64_t first) const;
  /// Takes a part in. Cheap; one at a time.
  void add(const Part& part);
  /// @pre every sample's part was added
  void move_into(ImageSamples& samples);

 private:
  ScorePlan plan_;
  int classes_;
  std::int64_t n_;
  bool chosen_ = false;
  ScoreTrace trace_;
  ScoreHistogram histogram_;
  std::vector<float> logits_;
  std::vector<float> selection_logits_;  // [n0][classes], until the class is chosen
};

}  // namespace certify

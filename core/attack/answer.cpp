#include "core/attack/answer.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "core/base/certificate.h"
#include "core/methods/predict.h"
#include "core/sampling/statistics/score_link.h"
#include "core/stats/means/empirical_bernstein.h"

namespace certify {
namespace {

class Votes : public Answer {
 public:
  explicit Votes(int classes)
      : counts_{std::vector<std::int64_t>(static_cast<std::size_t>(classes)), 0} {}

  void add(const BatchResult& batch) override {
    const ClassCounts& drawn = batch.counts.at(0);
    for (std::size_t k = 0; k < counts_.votes.size(); ++k) counts_.votes[k] += drawn.votes[k];
    counts_.invalid += drawn.invalid;
  }
  std::int64_t samples() const override { return counts_.total(); }

 protected:
  ClassCounts counts_;
};

class AnswerByVotes final : public Votes {
 public:
  AnswerByVotes(int classes, const AttackPlan& plan) : Votes(classes), plan_(plan) {}

  int get() const override {
    ImageSamples samples;
    samples.estimation = counts_;
    samples.label = 0;
    return kPredict.certify(samples, {plan_.noise, plan_.alpha_of_a_try(), Selection::kSame})
        .predicted;
  }

 private:
  const AttackPlan& plan_;
};

/// Of all samples that there are.
class AnswerByCounting final : public Votes {
 public:
  AnswerByCounting(int attacked, int classes) : Votes(classes), attacked_(attacked) {}

  int get() const override {
    ClassCounts others = counts_;
    const std::int64_t own = std::exchange(others.votes[static_cast<std::size_t>(attacked_)], 0);
    const int rival = others.top_class();
    if (rival != kAbstain && others.votes[static_cast<std::size_t>(rival)] >= own) return rival;
    return counts_.invalid >= own ? kAbstain : attacked_;
  }

 private:
  int attacked_;
};

class AnswerByScores final : public Answer {
 public:
  AnswerByScores(int attacked, int classes, const AttackPlan& plan)
      : plan_(plan),
        attacked_(static_cast<std::size_t>(attacked)),
        leads_(static_cast<std::size_t>(classes)) {}

  void add(const BatchResult& batch) override {
    const std::size_t classes = leads_.size();
    const std::vector<float> scores = scores_of(batch.logits, static_cast<int>(classes),
                                                plan_.scores->link, plan_.scores->temperature);
    for (std::size_t first = 0; first < scores.size(); first += classes) {
      ++samples_;
      const auto row = std::span(scores).subspan(first, classes);
      for (std::size_t k = 0; k < classes; ++k) {
        const float lead = std::isnan(row[k]) ? 0 : row[k] - row[attacked_];
        leads_[k].add((1 + static_cast<long double>(lead)) / 2, samples_);
      }
    }
  }
  std::int64_t samples() const override { return samples_; }

  int get() const override {
    const double alpha = plan_.alpha_of_a_try();
    const double each = alpha / static_cast<double>(leads_.size() - 1);
    int answer = kAbstain;
    bool leads_all = true;
    for (std::size_t k = 0; k < leads_.size(); ++k) {
      if (k == attacked_) continue;
      const SampleMoments lead = leads_[k].moments(samples_);
      const bool ahead = above_half(lead, each);
      if (ahead && (answer == kAbstain ||
                    lead.mean > leads_[static_cast<std::size_t>(answer)].moments(samples_).mean)) {
        answer = static_cast<int>(k);
      }
      leads_all = leads_all && above_half({lead.n, 1 - lead.mean, lead.variance}, alpha);
    }
    return answer == kAbstain && leads_all ? static_cast<int>(attacked_) : answer;
  }

 private:
  /// Of (1 + the score of a class - that of the class attacked) / 2, by Welford's recurrence.
  struct Lead {
    long double mean = 0, squares = 0;
    void add(long double x, std::int64_t n) {
      const long double before = x - mean;
      mean += before / static_cast<long double>(n);
      squares += before * (x - mean);
    }
    SampleMoments moments(std::int64_t n) const {
      const auto others = static_cast<long double>(std::max<std::int64_t>(1, n - 1));
      return {n, static_cast<double>(mean), static_cast<double>(squares / others)};
    }
  };

  static bool above_half(const SampleMoments& x, double alpha) {
    return empirical_bernstein_lower(x, alpha).p > 0.5;
  }

  const AttackPlan& plan_;
  std::size_t attacked_;
  std::int64_t samples_ = 0;
  std::vector<Lead> leads_;
};

}  // namespace

std::unique_ptr<Answer> make_answer(int attacked, int classes, const AttackPlan& plan) {
  if (plan.is_exact()) return std::make_unique<AnswerByCounting>(attacked, classes);
  if (plan.scores) return std::make_unique<AnswerByScores>(attacked, classes, plan);
  return std::make_unique<AnswerByVotes>(classes, plan);
}

}  // namespace certify

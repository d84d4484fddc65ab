#include "core/sampling/skip_unreadable.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "core/sampling/statistics/score_keeper.h"

namespace certify {
namespace {

/// What the sampler has asked for and not yet handed over, in order. Asked on one thread, handed
/// over on another.
class Order {
 public:
  void add(std::int64_t index) { push({index, false, 0}); }
  void add(const UnreadableImage& image) { push({image.index, true, image.label}); }

  struct Entry {
    std::int64_t index = 0;
    bool unreadable = false;
    int label = 0;
  };
  /// Takes the first entry if it is unreadable.
  std::optional<Entry> take_unreadable() {
    const std::lock_guard lock(mutex_);
    if (entries_.empty() || !entries_.front().unreadable) return std::nullopt;
    const Entry entry = entries_.front();
    entries_.pop_front();
    return entry;
  }
  /// Forgets the first entry, which was handed over.
  void pop() {
    const std::lock_guard lock(mutex_);
    entries_.pop_front();
  }

 private:
  void push(const Entry& entry) {
    const std::lock_guard lock(mutex_);
    entries_.push_back(entry);
  }

  std::mutex mutex_;
  std::deque<Entry> entries_;
};

void keep_scores_without_values(ImageSamples& samples, int classes, const SamplingPlan& plan) {
  constexpr std::int64_t kRows = 4096;
  const std::vector<float> nothing(static_cast<std::size_t>(std::min(kRows, plan.n) * classes),
                                   std::numeric_limits<float>::quiet_NaN());
  ScoreKeeper keeper(plan.scores, classes, 0, plan.n);
  keeper.choose(samples.selection, samples.label);
  for (std::int64_t first = 0; first < plan.n; first += kRows) {
    const auto values = static_cast<std::size_t>(std::min(kRows, plan.n - first) * classes);
    keeper.add(keeper.reduce(std::span(nothing).first(values), first));
  }
  keeper.move_into(samples);
}

/// No noise was drawn: its averages are nothing, and no certificate is made of them.
GradientStatistics gradient_without_samples(const GradientPlan& plan, int label, std::int64_t n) {
  GradientStatistics out;
  out.tested = plan.of_label ? label : 0;
  out.n1 = n - n / 2;
  out.n2 = n / 2;
  for (const Subspace& subspace : plan.subspaces) {
    const auto dimension = std::count(subspace.contains.begin(), subspace.contains.end(), true);
    out.dimension = static_cast<std::int64_t>(subspace.contains.size());
    out.subspaces.push_back({subspace.name, dimension, 0});
  }
  if (plan.keep_mean) out.mean.resize(static_cast<std::size_t>(out.dimension));
  return out;
}

}  // namespace

ImageSamples samples_of_unreadable(std::int64_t index, int label, int classes,
                                   const SamplingPlan& plan) {
  ImageSamples samples;
  samples.index = index;
  samples.label = label;
  samples.selection.votes.resize(static_cast<std::size_t>(classes));
  samples.selection.invalid = plan.n0;
  samples.estimation.votes.resize(static_cast<std::size_t>(classes));
  samples.estimation.invalid = plan.n;
  if (plan.scores.keep != ScoreKeeping::kNone) keep_scores_without_values(samples, classes, plan);
  if (plan.gradient) samples.gradient = gradient_without_samples(*plan.gradient, label, plan.n);
  return samples;
}

SkipUnreadable::SkipUnreadable(Sampler& sampler, int classes,
                               std::function<void(const UnreadableImage&)> report)
    : sampler_(sampler), classes_(classes), report_(std::move(report)) {}

void SkipUnreadable::run(const ImageSource& images, const SamplingPlan& plan,
                         const SamplesSink& done, const StopFlag& stop) {
  Order order;
  const ImageSource readable = [&]() -> std::optional<LabeledImage> {
    while (!stop) {
      try {
        auto image = images();
        if (image) order.add(image->index);
        return image;
      } catch (const UnreadableImage& unreadable) {
        order.add(unreadable);
        report_(unreadable);
      }
    }
    return std::nullopt;
  };
  const auto hand_over_unreadable = [&] {
    while (const auto entry = order.take_unreadable()) {
      done(samples_of_unreadable(entry->index, entry->label, classes_, plan));
    }
  };
  sampler_.run(
      readable, plan,
      [&](ImageSamples samples) {
        hand_over_unreadable();
        order.pop();
        done(std::move(samples));
      },
      stop);
  hand_over_unreadable();  // up to the first that a stop left unfinished
}

}  // namespace certify

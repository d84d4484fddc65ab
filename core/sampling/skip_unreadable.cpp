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
  // What the sampler has asked for and not yet handed over, in order: the images that could not be
  // read, and nothing for each other one. Asked on one thread, handed over on another.
  std::mutex mutex;
  std::deque<std::optional<UnreadableImage>> order;
  const auto add = [&](std::optional<UnreadableImage> unreadable) {
    const std::lock_guard lock(mutex);
    order.push_back(std::move(unreadable));
  };
  const auto take = [&] {
    const std::lock_guard lock(mutex);
    auto first = std::move(order.front());
    order.pop_front();
    return first;
  };
  const ImageSource readable = [&]() -> std::optional<LabeledImage> {
    while (!stop) {
      try {
        auto image = images();
        if (image) add(std::nullopt);
        return image;
      } catch (const UnreadableImage& unreadable) {
        add(unreadable);
        report_(unreadable);
      }
    }
    return std::nullopt;
  };
  const auto unreadable_is_next = [&] {
    const std::lock_guard lock(mutex);
    return !order.empty() && order.front();
  };
  const auto hand_over_unreadable = [&] {
    while (unreadable_is_next()) {
      const auto image = take();
      done(samples_of_unreadable(image->index, image->label, classes_, plan));
    }
  };
  sampler_.run(
      readable, plan,
      [&](ImageSamples samples) {
        hand_over_unreadable();
        take();
        done(std::move(samples));
      },
      stop);
  hand_over_unreadable();  // up to the first that a stop left unfinished
}

}  // namespace certify

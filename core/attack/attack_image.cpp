#include "core/attack/attack_image.h"

#include <algorithm>
#include <vector>

#include "core/attack/pgd.h"
#include "core/attack/radius_search.h"
#include "core/methods/predict.h"
#include "core/sampling/host_backend.h"

namespace certify {
namespace {

/// PREDICT at points around one image.
class Predictor {
 public:
  Predictor(std::int64_t image, const Target& target, const AttackPlan& plan)
      : plan_(plan),
        image_(static_cast<std::uint32_t>(image)),
        batch_(target.batch),
        sampling_{.n0 = 0, .n = plan.n, .noise = plan.noise, .seed = plan.seed},
        backend_(target.classifier, sampling_, target.batch),
        classes_(static_cast<std::size_t>(target.classifier.num_classes())) {}

  /// @param number  of the try, which has samples of its own
  int answer(const std::vector<float>& point, int expected, int number) {
    constexpr std::int64_t kFirstLook = 100;
    ClassCounts counts{std::vector<std::int64_t>(classes_), 0};
    if (plan_.n > 2 * kFirstLook) {
      draw(point, number, kFirstLook, counts);
      if (predict(counts) == expected) return expected;
    }
    draw(point, number, plan_.n, counts);
    return predict(counts);
  }

 private:
  /// Until there are `total` samples.
  void draw(const std::vector<float>& point, int number, std::int64_t total, ClassCounts& counts) {
    const std::int64_t first = number * plan_.n;
    for (std::int64_t done = counts.total(); done < total;) {
      const std::int64_t rows = std::min(batch_, total - done);
      backend_.submit(
          {{{image_, &point, Phase::kAttackAnswer, static_cast<std::uint32_t>(first + done),
             static_cast<std::int32_t>(rows)}}});
      const ClassCounts drawn = backend_.collect().counts.at(0);
      for (std::size_t k = 0; k < classes_; ++k) counts.votes[k] += drawn.votes[k];
      counts.invalid += drawn.invalid;
      done += rows;
    }
  }

  int predict(const ClassCounts& counts) const {
    ImageSamples samples;
    samples.estimation = counts;
    samples.label = 0;
    return kPredict.certify(samples, {plan_.noise, plan_.alpha_of_a_try(), Selection::kSame})
        .predicted;
  }

  const AttackPlan& plan_;
  std::uint32_t image_;
  std::int64_t batch_;
  SamplingPlan sampling_;
  HostBackend backend_;
  std::size_t classes_;
};

}  // namespace

AttackedImage attack_image(const LabeledImage& image, const Certificate& certificate,
                           const Target& target, const AttackPlan& plan, const StopFlag& stop) {
  const std::vector<float> center = to_hwc(image.image);
  const int attacked = certificate.predicted;
  const NoiseStream noise{plan.seed, static_cast<std::uint32_t>(image.index),
                          Phase::kAttackGradient};
  Predictor predictor(image.index, target, plan);
  const auto attack = [&](double radius, int number) -> BallTry {
    if (stop) return {0, kAbstain};
    const auto first = static_cast<std::uint32_t>(std::int64_t{number} * plan.steps * plan.noises);
    const std::vector<float> point =
        strongest_point({center, radius}, attacked, noise, first, target.gradient, plan);
    return {distance(center, point), predictor.answer(point, attacked, number)};
  };
  AttackedImage out{image.index, image.label, attacked, certificate.radius};
  const AttackResult found =
      search_smallest_radius(attacked, certificate.radius, plan.max_radius, plan.tries, attack);
  out.attack_predicted = found.answer;
  out.attack_radius = found.radius;
  out.unsettled_radius = found.unsettled_radius;
  return out;
}

}  // namespace certify

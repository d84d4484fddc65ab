#include "core/attack/attack_image.h"

#include <algorithm>
#include <vector>

#include "core/attack/answer.h"
#include "core/attack/ball_shape.h"
#include "core/attack/pgd.h"
#include "core/attack/radius_search.h"
#include "core/sampling/host_backend.h"

namespace certify {
namespace {

SamplingPlan sampling_of(const AttackPlan& plan) {
  SamplingPlan sampling{.n0 = 0, .n = plan.n, .noise = plan.noise, .seed = plan.seed};
  if (plan.scores) sampling.scores.keep = ScoreKeeping::kMatrix;
  return sampling;
}

/// The smoothed classifier at points around one image.
class Predictor {
 public:
  Predictor(std::int64_t image, const Target& target, const AttackPlan& plan)
      : plan_(plan),
        image_(static_cast<std::uint32_t>(image)),
        batch_(target.batch),
        sampling_(sampling_of(plan)),
        backend_(target.classifier, sampling_, target.batch),
        classes_(target.classifier.num_classes()) {}

  /// @param number  of the try, which has samples of its own
  int answer(const std::vector<float>& point, int attacked, int number) {
    constexpr std::int64_t kFirstLook = 100;
    const auto answer = make_answer(attacked, classes_, plan_);
    if (!plan_.is_exact() && plan_.n > 2 * kFirstLook) {
      draw(point, number, kFirstLook, *answer);
      if (answer->get() == attacked) return attacked;
    }
    draw(point, number, plan_.n, *answer);
    return answer->get();
  }

 private:
  /// Until there are `total` samples.
  void draw(const std::vector<float>& point, int number, std::int64_t total, Answer& answer) {
    const std::int64_t first = number * plan_.n;
    for (std::int64_t done = answer.samples(); done < total; done = answer.samples()) {
      const std::int64_t rows = std::min(batch_, total - done);
      backend_.submit(
          {{{image_, &point, Phase::kAttackAnswer, static_cast<std::uint32_t>(first + done),
             static_cast<std::int32_t>(rows)}}});
      answer.add(backend_.collect());
    }
  }

  const AttackPlan& plan_;
  std::uint32_t image_;
  std::int64_t batch_;
  SamplingPlan sampling_;
  HostBackend backend_;
  int classes_;
};

}  // namespace

AttackedImage attack_image(const LabeledImage& image, const Certificate& certificate,
                           const Target& target, const AttackPlan& plan, const StopFlag& stop) {
  const std::vector<float> center = to_hwc(image.image);
  const int attacked = certificate.predicted;
  const NoiseStream noise{plan.seed, static_cast<std::uint32_t>(image.index),
                          Phase::kAttackGradient};
  Predictor predictor(image.index, target, plan);
  const BallShape shape(*plan.noise.family);
  const auto attack = [&](double radius, int number) -> BallTry {
    if (stop) return {0, kAbstain};
    const auto first = static_cast<std::uint32_t>(std::int64_t{number} * plan.steps * plan.noises);
    const std::vector<float> point =
        strongest_point({center, radius}, attacked, noise, first, target.gradient, plan);
    return {shape.distance(center, point), predictor.answer(point, attacked, number)};
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

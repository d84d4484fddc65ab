#include "models/learning/sigma_learning/sigma_learning.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/parallel.h"
#include "core/noise/families.h"
#include "models/learning/training/augmentation.h"
#include "models/learning/training/epoch_chart.h"

namespace certify {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSecondsBetweenCheckpoints = 300;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The noises of one image in one epoch.
struct Draws {
  std::uint64_t seed;
  std::int64_t epoch, samples;
};

/// What one image adds to a step.
struct ImageStep {
  bool right = false;
  double area = 0;                ///< without Σ log σ_i
  std::vector<double> direction;  ///< of `area` with regard to σ; empty: zero
};

/// Rows x + σ ⊙ ε, and the ε.
void draw(const LabeledImage& item, const Draws& noise, const std::vector<double>& sigma,
          std::span<float> rows, std::span<float> normals) {
  const std::vector<float> clean = to_hwc(item.image);
  const std::size_t size = clean.size();
  const NoiseGenerator unit({&plain_noise_family(), 1});
  const NoiseStream stream{noise.seed, static_cast<std::uint32_t>(item.index),
                           Phase::kSigmaLearning};
  for (std::int64_t s = 0; s < noise.samples; ++s) {
    float* z = normals.data() + static_cast<std::size_t>(s) * size;
    float* row = rows.data() + static_cast<std::size_t>(s) * size;
    unit.standard(z, static_cast<std::int64_t>(size), stream,
                  static_cast<std::uint32_t>(noise.epoch * noise.samples + s));
    for (std::size_t i = 0; i < size; ++i) row[i] = clean[i] + static_cast<float>(sigma[i]) * z[i];
  }
}

double mean_of(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += double{value};
  return sum / static_cast<double>(values.size());
}

/// dp/dσ_i is the mean over the noises of ∂p/∂x_i ε_i, as x_i + σ_i ε_i moves by ε_i.
/// @param slope  of the area by p   @param gradients,normals  [samples][size]
std::vector<double> direction_of(double slope, std::span<const float> gradients,
                                 std::span<const float> normals, std::size_t size) {
  std::vector<double> direction(size);
  for (std::size_t k = 0; k < gradients.size(); k += size) {
    for (std::size_t i = 0; i < size; ++i)
      direction[i] += double{gradients[k + i]} * double{normals[k + i]};
  }
  const auto samples = static_cast<double>(gradients.size() / size);
  for (double& d : direction) d *= slope / samples;
  return direction;
}

/// What a group of images adds to a step, by one pass of the classifier.
class GroupStep {
 public:
  GroupStep(const Dataset& images, std::span<const std::int64_t> group, const Draws& noise,
            const std::vector<double>& sigma)
      : size_(sigma.size()),
        per_image_(size_ * static_cast<std::size_t>(noise.samples)),
        rows_(group.size() * per_image_),
        normals_(rows_.size()),
        items_(group.size()),
        labels_(group.size() * static_cast<std::size_t>(noise.samples)) {
    for_each_on_all_cores(group.size(), 1, [&](std::size_t k) {
      const LabeledImage item = images.at(group[k]);
      draw(item, noise, sigma, part(rows_, k), part(normals_, k));
      const auto samples = static_cast<std::size_t>(noise.samples);
      std::fill_n(labels_.begin() + static_cast<std::ptrdiff_t>(k * samples), samples, item.label);
      items_[k] = item.index;
    });
  }

  /// @param out  one for each image of the group
  void evaluate(const DifferentiableClassifier& classifier, const AreaObjective& objective,
                std::span<ImageStep> out) {
    const auto pass = classifier.forward(rows_.data(), labels_);
    const std::size_t samples = labels_.size() / items_.size();
    std::vector<double> slopes(items_.size());
    for (std::size_t k = 0; k < items_.size(); ++k) {
      const double p = mean_of(std::span(pass.probabilities).subspan(k * samples, samples));
      if (!std::isfinite(p)) {
        throw DataError("the network's answer to image {} is no number", items_[k]);
      }
      const auto term = objective.at(p);
      out[k] = term ? ImageStep{true, term->value, {}} : ImageStep{};
      slopes[k] = term ? term->slope : 0;
    }
    if (std::all_of(slopes.begin(), slopes.end(), [](double slope) { return slope == 0; })) return;
    pass.gradients(rows_.data());
    for_each_on_all_cores(items_.size(), 1, [&](std::size_t k) {
      if (slopes[k] == 0) return;
      out[k].direction = direction_of(slopes[k], part(rows_, k), part(normals_, k), size_);
    });
  }

 private:
  /// That of image k.
  std::span<float> part(std::vector<float>& all, std::size_t k) const {
    return std::span(all).subspan(k * per_image_, per_image_);
  }

  std::size_t size_, per_image_;
  std::vector<float> rows_, normals_;  // [images][samples][size]
  std::vector<std::int64_t> items_;
  std::vector<int> labels_;
};

/// So many that their noisy copies, and the noise of as much memory beside them, do not fill the
/// host.
std::size_t most_images_a_pass(std::int64_t values_an_image) {
  constexpr std::int64_t kBytes = 256 << 20;
  return static_cast<std::size_t>(
      std::max<std::int64_t>(1, kBytes / (values_an_image * std::int64_t{sizeof(float)})));
}

Json to_json(const SigmaEpoch& e) {
  return {e.epoch,      e.learning_rate,  e.area,          e.accuracy,
          e.sigma_mean, e.sigma_smallest, e.sigma_largest, e.seconds};
}

SigmaEpoch epoch_from(const Json& j) {
  return {j.at(0), j.at(1), j.at(2), j.at(3), j.at(4), j.at(5), j.at(6), j.at(7)};
}

}  // namespace

void Adam::ascend(std::span<double> parameters, std::span<const double> gradient,
                  double learning_rate) {
  constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
  ++steps;
  const double bias1 = 1 - std::pow(kBeta1, static_cast<double>(steps));
  const double bias2 = 1 - std::pow(kBeta2, static_cast<double>(steps));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    mean[i] = kBeta1 * mean[i] + (1 - kBeta1) * gradient[i];
    squares[i] = kBeta2 * squares[i] + (1 - kBeta2) * gradient[i] * gradient[i];
    parameters[i] += learning_rate * (mean[i] / bias1) / (std::sqrt(squares[i] / bias2) + kEpsilon);
  }
}

std::string to_bytes(const SigmaProgress& p) {
  Json json{
      {"step", p.step},           {"parameters", p.parameters},       {"adam_steps", p.adam.steps},
      {"adam_mean", p.adam.mean}, {"adam_squares", p.adam.squares},   {"area_sum", p.area_sum},
      {"right", p.right},         {"epoch_seconds", p.epoch_seconds}, {"epochs", Json::array()}};
  for (const SigmaEpoch& epoch : p.epochs) json["epochs"].push_back(to_json(epoch));
  const auto bytes = Json::to_cbor(json);
  return {bytes.begin(), bytes.end()};
}

SigmaProgress progress_from_bytes(const std::string& bytes) {
  try {
    const Json json = Json::from_cbor(bytes);
    SigmaProgress p{json.at("step"),
                    json.at("parameters"),
                    {json.at("adam_steps"), json.at("adam_mean"), json.at("adam_squares")},
                    json.at("area_sum"),
                    json.at("right"),
                    json.at("epoch_seconds"),
                    {}};
    for (const Json& e : json.at("epochs")) p.epochs.push_back(epoch_from(e));
    return p;
  } catch (const nlohmann::json::exception& error) {
    throw DataError("no progress of learning sigma: {}", error.what());
  }
}

std::string sigma_csv(std::span<const SigmaEpoch> epochs) {
  std::string csv = "epoch,learning_rate,area,accuracy,sigma_mean,sigma_min,sigma_max,seconds\n";
  for (const SigmaEpoch& e : epochs) {
    csv += fmt::format("{},{:.6g},{:.4f},{:.4f},{:.6g},{:.6g},{:.6g},{:.1f}\n", e.epoch,
                       e.learning_rate, e.area, e.accuracy, e.sigma_mean, e.sigma_smallest,
                       e.sigma_largest, e.seconds);
  }
  return csv;
}

std::string sigma_svg(std::span<const SigmaEpoch> epochs, std::int64_t last,
                      const std::string& title) {
  if (epochs.empty()) throw InputError("a learning without epochs has nothing to draw");
  const auto area = values_of(epochs, &SigmaEpoch::area);
  const auto most = values_of(epochs, &SigmaEpoch::sigma_largest);
  const auto [low, high] = axis_for(area);
  const std::array panels{
      EpochPanel{"log certified area", low, high, {{"area", area, 0}}},
      EpochPanel{"accuracy", 0, 1, {{"accuracy", values_of(epochs, &SigmaEpoch::accuracy), 2}}},
      EpochPanel{
          "sigma",
          0,
          axis_for(most).second,
          {{"largest", most, 1, "9 4", "largest"},
           {"mean", values_of(epochs, &SigmaEpoch::sigma_mean), 5, "", "geom. mean"},
           {"smallest", values_of(epochs, &SigmaEpoch::sigma_smallest), 3, "3 3", "smallest"}}}};
  return epoch_chart(panels, last, title);
}

SigmaLearning::SigmaLearning(const Dataset& images, const SigmaPlan& plan,
                             const DifferentiableClassifier& classifier)
    : images_(images),
      plan_(plan),
      classifier_(classifier),
      objective_(images.info().shape.size(), plan.n, plan.alpha),
      steps_per_epoch_((images.size() + plan.batch - 1) / plan.batch),
      images_a_pass_(most_images_a_pass(images.info().shape.size() * plan.samples)) {}

SigmaProgress SigmaLearning::start() const {
  const auto size = static_cast<std::size_t>(images_.info().shape.size());
  SigmaProgress progress;
  progress.parameters.assign(size, 0);
  progress.adam = Adam::of(size);
  return progress;
}

std::vector<double> SigmaLearning::sigma(const SigmaProgress& progress) const {
  std::vector<double> sigma = progress.parameters;
  for (double& value : sigma) value = plan_.init * std::exp(value / plan_.init);
  return sigma;
}

SigmaLearning::Step SigmaLearning::evaluate(std::span<const std::int64_t> images,
                                            std::int64_t epoch,
                                            const std::vector<double>& sigma) const {
  std::vector<ImageStep> parts(images.size());
  const Draws noise{plan_.seed, epoch, plan_.samples};
  const auto evaluate_group = [&](std::size_t first, std::size_t count) {
    GroupStep(images_, images.subspan(first, count), noise, sigma)
        .evaluate(classifier_, objective_, std::span(parts).subspan(first, count));
  };
  if (classifier_.takes_many_images()) {
    for (std::size_t first = 0; first < images.size();) {
      const std::size_t count = std::min(images_a_pass_, images.size() - first);
      try {
        evaluate_group(first, count);
        first += count;
      } catch (const OutOfDeviceMemory&) {
        if (count == 1) throw;
        images_a_pass_ = (count + 1) / 2;
      }
    }
  } else {
    for_each_on_all_cores(images.size(), 1, [&](std::size_t k) { evaluate_group(k, 1); });
  }
  Step step{0, 0, std::vector<double>(sigma.size())};
  for (const ImageStep& part : parts) {  // in their order, whichever core was first
    if (!part.right) continue;
    ++step.right;
    step.area_sum += part.area;
    for (std::size_t i = 0; i < part.direction.size(); ++i) step.gradient[i] += part.direction[i];
  }
  if (step.right == 0) return step;
  double log_sum = 0;
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    log_sum += std::log(sigma[i]);
    step.gradient[i] = step.gradient[i] / static_cast<double>(step.right) + 1 / sigma[i];
  }
  step.area_sum += static_cast<double>(step.right) * log_sum;
  return step;
}

void SigmaLearning::store(const Events& events) {
  events.store();
  stored_ = now();
}

void SigmaLearning::learn_epoch(std::int64_t epoch, SigmaProgress& p, const Events& events,
                                const StopFlag& stop) {
  const std::vector<std::int64_t> order = epoch_order(images_.size(), epoch, plan_.seed);
  const double rate =
      plan_.learning_rate * std::pow(plan_.learning_rate_decay, static_cast<double>(epoch));
  while (p.step < (epoch + 1) * steps_per_epoch_ && !stop) {
    const double started = now();
    const auto first = static_cast<std::size_t>((p.step % steps_per_epoch_) * plan_.batch);
    const auto count = std::min(static_cast<std::size_t>(plan_.batch), order.size() - first);
    const std::vector<double> values = sigma(p);
    Step step = evaluate(std::span(order).subspan(first, count), epoch, values);
    if (step.right > 0) {  // otherwise there is nothing to go by
      for (std::size_t i = 0; i < values.size(); ++i) step.gradient[i] *= values[i] / plan_.init;
      p.adam.ascend(p.parameters, step.gradient, rate);
    }
    p.area_sum += step.area_sum;
    p.right += step.right;
    ++p.step;
    p.epoch_seconds += now() - started;
    events.step_done(p.step);
    if (now() - stored_ > kSecondsBetweenCheckpoints) store(events);
  }
}

void SigmaLearning::run(SigmaProgress& p, const Events& events, const StopFlag& stop) {
  stored_ = now();
  while (static_cast<std::int64_t>(p.epochs.size()) < plan_.epochs) {
    const auto epoch = static_cast<std::int64_t>(p.epochs.size());
    learn_epoch(epoch, p, events, stop);
    if (p.step < (epoch + 1) * steps_per_epoch_) return store(events);
    const std::vector<double> values = sigma(p);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    double logs = 0;
    for (const double value : values) logs += std::log(value);
    const auto right = static_cast<double>(p.right);
    p.epochs.push_back(
        {epoch + 1,
         plan_.learning_rate * std::pow(plan_.learning_rate_decay, static_cast<double>(epoch)),
         p.right > 0 ? p.area_sum / right : std::numeric_limits<double>::quiet_NaN(),
         right / static_cast<double>(images_.size()),
         std::exp(logs / static_cast<double>(values.size())), *least, *most, p.epoch_seconds});
    p.area_sum = p.epoch_seconds = 0;
    p.right = 0;
    store(events);
    events.epoch_done(p.epochs.back());
  }
}

}  // namespace certify

#include "models/learning/training/training.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numbers>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/parallel.h"
#include "models/learning/training/epoch_chart.h"

namespace certify {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double kSecondsBetweenCheckpoints = 300;
constexpr std::int64_t kTestBatch = 250;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Fills rows on all cores. @param show  writes image `row` of the batch
Batch make_batch(const ImageShape& shape, std::int64_t rows,
                 const std::function<int(std::size_t row, float* out)>& show) {
  Batch batch{shape, std::vector<float>(static_cast<std::size_t>(rows * shape.size())),
              std::vector<std::int64_t>(static_cast<std::size_t>(rows))};
  constexpr std::size_t kBlock = 16;
  for_each_on_all_cores(batch.labels.size(), kBlock, [&](std::size_t row) {
    float* out = batch.images.data() + row * static_cast<std::size_t>(shape.size());
    batch.labels[row] = show(row, out);
  });
  return batch;
}

Json to_json_value(const EpochResult& e) {
  return {{"epoch", e.epoch},
          {"learning_rate", e.learning_rate},
          {"loss", e.loss},
          {"accuracy_clean", e.accuracy_clean},
          {"accuracy_noisy", e.accuracy_noisy},
          {"seconds", e.seconds}};
}

}  // namespace

double Schedule::learning_rate(std::int64_t step) const {
  if (step < warmup_steps) {
    return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  }
  const double done =
      static_cast<double>(step - warmup_steps) / static_cast<double>(steps - warmup_steps);
  return peak * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

Objective TrainingPlan::objective(std::int64_t epoch) const {
  if (!denoises) return Objective::kLabels;
  return epoch < epochs - stability_epochs ? Objective::kCleanImages : Objective::kStability;
}

std::string to_json(const TrainingProgress& p) {
  Json json{{"step", p.step},
            {"epoch_loss", p.epoch_loss},
            {"epoch_seconds", p.epoch_seconds},
            {"epochs", Json::array()}};
  for (const EpochResult& epoch : p.epochs) json["epochs"].push_back(to_json_value(epoch));
  return json.dump();
}

TrainingProgress progress_from_json(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    TrainingProgress p{json.at("step"), json.at("epoch_loss"), json.at("epoch_seconds"), {}};
    for (const Json& e : json.at("epochs")) {
      p.epochs.push_back({e.at("epoch"), e.at("learning_rate"), e.at("loss"),
                          e.at("accuracy_clean"), e.at("accuracy_noisy"), e.at("seconds")});
    }
    return p;
  } catch (const nlohmann::json::exception& error) {
    throw DataError("no progress of a training: {}", error.what());
  }
}

std::string training_csv(std::span<const EpochResult> epochs) {
  std::string csv = "epoch,learning_rate,loss,accuracy_clean,accuracy_noisy,seconds\n";
  for (const EpochResult& e : epochs) {
    csv += fmt::format("{},{:.6g},{:.6f},{:.4f},{:.4f},{:.1f}\n", e.epoch, e.learning_rate, e.loss,
                       e.accuracy_clean, e.accuracy_noisy, e.seconds);
  }
  return csv;
}

std::string training_svg(std::span<const EpochResult> epochs, std::int64_t last,
                         const std::string& title) {
  if (epochs.empty()) throw InputError("a training without epochs has nothing to draw");
  double most = 0;
  for (const EpochResult& e : epochs) most = std::max(most, e.loss);
  const std::array panels{
      EpochPanel{"training loss",
                 0,
                 most > 0 ? std::ceil(most * 4) / 4 : 1,
                 {{"loss", values_of(epochs, &EpochResult::loss), 0}}},
      EpochPanel{
          "test accuracy",
          0,
          1,
          {{"clean", values_of(epochs, &EpochResult::accuracy_clean), 1, "9 4", "clean"},
           {"noisy", values_of(epochs, &EpochResult::accuracy_noisy), 2, "", "under noise"}}}};
  return epoch_chart(panels, last, title);
}

Training::Training(const Dataset& train, const Dataset& test, const TrainingPlan& plan,
                   TrainableNetwork& network)
    : train_(train),
      test_(test),
      plan_(plan),
      network_(network),
      steps_per_epoch_(train.size() / plan.batch) {
  if (steps_per_epoch_ == 0) {
    throw InputError("--batch {}: there are only {} training images", plan.batch, train.size());
  }
  const double warmup = plan.warmup_epochs * static_cast<double>(steps_per_epoch_);
  const std::int64_t steps = plan.epochs * steps_per_epoch_;
  schedule_ = {plan.descent.learning_rate, steps,
               std::min(static_cast<std::int64_t>(warmup), steps - 1)};
}

Batch Training::training_batch(const std::vector<std::int64_t>& order, std::int64_t first,
                               std::int64_t epoch) const {
  const auto batch_with = [&](const Augmentation& augmentation) {
    return make_batch(train_.info().shape, plan_.batch, [&](std::size_t row, float* out) {
      const std::int64_t index = order[static_cast<std::size_t>(first) + row];
      const LabeledImage image = train_.at(index);
      augment(image.image, index, epoch, augmentation, out);
      return image.label;
    });
  };
  Batch batch = batch_with(plan_.augmentation);
  if (plan_.denoises) {
    Augmentation without_noise = plan_.augmentation;  // crop and mirroring hang on the seed alone
    without_noise.sigma = 0;
    batch.clean = std::move(batch_with(without_noise).images);
  }
  return batch;
}

double Training::accuracy(double sigma, std::int64_t epoch, const StopFlag& stop) {
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < test_.size() && !stop; first += kTestBatch) {
    const std::int64_t rows = std::min(kTestBatch, test_.size() - first);
    right +=
        network_.count_right(make_batch(test_.info().shape, rows, [&](std::size_t row, float* out) {
          const std::int64_t index = first + static_cast<std::int64_t>(row);
          const LabeledImage image = test_.at(index);
          noisy_test_image(image.image, index, epoch, {plan_.augmentation.family, sigma},
                           plan_.augmentation.seed, out);
          return image.label;
        }));
  }
  return static_cast<double>(right) / static_cast<double>(test_.size());
}

void Training::diverged(const TrainingProgress& p, const std::string& what) const {
  throw DataError("training diverged: {} at step {} (epoch {})", what, p.step + 1,
                  p.step / steps_per_epoch_ + 1);
}

void Training::store(const TrainingProgress& p, const Events& events) {
  if (!network_.is_finite()) diverged(p, "a weight is no finite number");
  events.store();
  stored_ = Clock::now();
}

std::int64_t Training::first_step_of(Objective objective) const {
  if (objective != Objective::kStability) return 0;
  return (plan_.epochs - plan_.stability_epochs) * steps_per_epoch_;
}

void Training::train_epoch(std::int64_t epoch, TrainingProgress& p, const Events& events,
                           const StopFlag& stop) {
  const std::vector<std::int64_t> order =
      epoch_order(train_.size(), epoch, plan_.augmentation.seed);
  const std::int64_t end = (epoch + 1) * steps_per_epoch_;
  Descent descent = plan_.descent;
  while (p.step < end && !stop) {
    const auto started = Clock::now();
    const std::int64_t first = (p.step % steps_per_epoch_) * plan_.batch;
    descent.learning_rate = schedule_.learning_rate(p.step);
    descent.number = p.step + 1 - first_step_of(plan_.objective(epoch));
    const double loss = network_.step(training_batch(order, first, epoch), descent,
                                      plan_.objective(epoch), plan_.augmentation.sigma);
    if (!std::isfinite(loss)) diverged(p, fmt::format("the loss is {}", loss));
    ++p.step;
    p.epoch_loss += loss * static_cast<double>(plan_.batch);
    p.epoch_seconds += seconds_since(started);
    events.step_done(p.step, loss);
    if (seconds_since(stored_) > kSecondsBetweenCheckpoints) store(p, events);
  }
}

void Training::run(TrainingProgress& p, const Events& events, const StopFlag& stop) {
  stored_ = Clock::now();
  while (static_cast<std::int64_t>(p.epochs.size()) < plan_.epochs) {
    const auto epoch = static_cast<std::int64_t>(p.epochs.size());
    train_epoch(epoch, p, events, stop);
    const auto started = Clock::now();
    EpochResult result{epoch + 1, schedule_.learning_rate(p.step - 1),
                       p.epoch_loss / static_cast<double>(steps_per_epoch_ * plan_.batch)};
    result.accuracy_clean = accuracy(0, epoch, stop);
    result.accuracy_noisy = accuracy(plan_.augmentation.sigma, epoch, stop);
    if (stop) return store(p, events);  // accuracies of a part of the images say nothing
    result.seconds = p.epoch_seconds + seconds_since(started);
    p.epochs.push_back(result);
    p.epoch_loss = p.epoch_seconds = 0;
    store(p, events);
    events.epoch_done(result);
  }
}

}  // namespace certify

#pragma once
/// Training a network to be certified: with Gaussian noise on every image (Cohen et al. 2019,
/// section 3.3 and appendix F), stopped and continued at any step without a difference.

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/sampling/sampler.h"
#include "data/dataset.h"
#include "models/learning/training/augmentation.h"
#include "models/learning/training/trainable_network.h"

namespace certify {

/// Learning rates: a straight climb, then half a cosine down to nothing (Loshchilov & Hutter 2017).
struct Schedule {
  double peak = 0.1;
  std::int64_t steps = 1;
  std::int64_t warmup_steps = 0;  ///< less than `steps`

  /// @param step  from 0
  double learning_rate(std::int64_t step) const;
};

struct TrainingPlan {
  std::int64_t epochs = 90;
  std::int64_t batch = 128;
  double warmup_epochs = 1;
  Descent descent;  ///< its learning rate is the schedule's peak
  Augmentation augmentation;
  bool denoises = false;  ///< the network is a denoiser, with a classifier behind it
  /// Of a denoiser: the last of its epochs, in which its objective is kStability.
  std::int64_t stability_epochs = 0;

  /// @param epoch  from 0
  Objective objective(std::int64_t epoch) const;
};

/// What is known after an epoch.
struct EpochResult {
  std::int64_t epoch = 0;                         ///< from 1
  double learning_rate = 0;                       ///< of its last step
  double loss = 0;                                ///< mean over its training images
  double accuracy_clean = 0, accuracy_noisy = 0;  ///< of test images, noise drawn once
  double seconds = 0;
};

/// Where a training stands, apart from its weights.
struct TrainingProgress {
  std::int64_t step = 0;  ///< steps done
  double epoch_loss = 0;  ///< sum over the images of the unfinished epoch
  double epoch_seconds = 0;
  std::vector<EpochResult> epochs;
};

/// @throws DataError for a text that to_json() did not write.
std::string to_json(const TrainingProgress& progress);
TrainingProgress progress_from_json(const std::string& text);

/// A line an epoch: epoch,learning_rate,loss,accuracy_clean,accuracy_noisy,seconds.
std::string training_csv(std::span<const EpochResult> epochs);

/// Loss and both accuracies against the epoch, one above the other, as a stand-alone SVG.
/// @param epochs  at least one   @param last  the epoch that the axis ends at
std::string training_svg(std::span<const EpochResult> epochs, std::int64_t last,
                         const std::string& title);

class Training {
 public:
  /// @throws InputError for fewer training images than a batch.
  Training(const Dataset& train, const Dataset& test, const TrainingPlan& plan,
           TrainableNetwork& network);

  struct Events {
    std::function<void()> store;  ///< after each epoch, every five minutes, and on a stop
    std::function<void(const EpochResult&)> epoch_done;  ///< behind its checkpoint
    std::function<void(std::int64_t step, double loss)> step_done;
  };
  /// Goes on from `progress` until all epochs are done or `stop` is set.
  /// @throws DataError where the loss or a weight is no longer finite, saying at which step; the
  /// last checkpoint is from before that.
  void run(TrainingProgress& progress, const Events& events, const StopFlag& stop);

  std::int64_t steps_per_epoch() const { return steps_per_epoch_; }
  std::int64_t steps() const { return schedule_.steps; }
  /// Of the test images. @param epoch  chooses the noise
  double accuracy(double sigma, std::int64_t epoch, const StopFlag& stop);

 private:
  Batch training_batch(const std::vector<std::int64_t>& order, std::int64_t first,
                       std::int64_t epoch) const;
  /// Another objective has gradients of another size, of which Adam's means must know nothing.
  std::int64_t first_step_of(Objective objective) const;
  void train_epoch(std::int64_t epoch, TrainingProgress& progress, const Events& events,
                   const StopFlag& stop);
  void store(const TrainingProgress& progress, const Events& events);
  [[noreturn]] void diverged(const TrainingProgress& progress, const std::string& what) const;

  const Dataset& train_;
  const Dataset& test_;
  TrainingPlan plan_;
  TrainableNetwork& network_;
  std::int64_t steps_per_epoch_;
  Schedule schedule_;
  std::chrono::steady_clock::time_point stored_;
};

}  // namespace certify

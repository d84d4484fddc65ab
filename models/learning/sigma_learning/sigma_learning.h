#pragma once
/// Learns a σ for every element of the image, so that the ellipsoids certified with them are large.
/// Source: Tecot, Hsieh, Zhang & Gu, Robustness Verification with Non-Uniform Randomized Smoothing.
/// No LibTorch here: the network stands behind DifferentiableClassifier.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/sampling/sampler.h"
#include "data/dataset.h"
#include "models/learning/sigma_learning/area_objective.h"

namespace certify {

/// A classifier as learning needs it: the probability it gives a label, and how that changes with
/// the image.
class DifferentiableClassifier {
 public:
  virtual ~DifferentiableClassifier() = default;

  struct Pass {
    std::vector<float> probabilities;  ///< of the label, one a row, after softmax
    /// Writes the gradient of each row's probability with regard to that row: rows × size floats in
    /// HWC order. Valid once, while the classifier lives.
    std::function<void(float* out)> gradients;
  };
  /// Rows must not depend on each other. Safe to call from several threads.
  /// @param images  an image for each label, in HWC order   @param labels  one a row
  virtual Pass forward(const float* images, std::span<const int> labels) const = 0;

  /// Whether one pass of many images on one thread is fastest, as on a GPU, in place of a thread an
  /// image: LibTorch's choice of algorithms belongs to a thread, and would be made again by each.
  virtual bool takes_many_images() const { return false; }
};

/// Adam (Kingma & Ba 2015) with its usual constants: β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
struct Adam {
  std::int64_t steps = 0;             ///< taken
  std::vector<double> mean, squares;  ///< running means of the gradient and of its squares

  static Adam of(std::size_t parameters) {
    return {0, std::vector<double>(parameters), std::vector<double>(parameters)};
  }
  /// One step uphill. All spans have the size of `mean`.
  void ascend(std::span<double> parameters, std::span<const double> gradient, double learning_rate);
};

struct SigmaPlan {
  double init = 0.3;  ///< σ of every element at first
  std::int64_t epochs = 5;
  std::int64_t batch = 128;          ///< images a step; the last of an epoch may have fewer
  std::int64_t samples = 32;         ///< noises an image and epoch
  double learning_rate = 1e-3;       ///< of the first epoch
  double learning_rate_decay = 0.5;  ///< what each further epoch multiplies it by
  std::int64_t n = 100'000;          ///< of the certification to come; see AreaObjective
  double alpha = 0.001;              ///< of that certification
  std::uint64_t seed = 0;
};

/// What an epoch saw on its way, before each of its steps.
struct SigmaEpoch {
  std::int64_t epoch = 0;  ///< from 1
  double learning_rate = 0;
  double area = 0;      ///< mean of O over the images classified right; NaN where none was
  double accuracy = 0;  ///< share of the images classified right: mean softmax of the label above ½
  double sigma_mean = 0, sigma_smallest = 0, sigma_largest = 0;  ///< at its end; geometric mean
  double seconds = 0;
};

/// Where the learning stands: all that a continued one needs.
struct SigmaProgress {
  std::int64_t step = 0;           ///< mini-batches seen
  std::vector<double> parameters;  ///< θ, one an element (HWC)
  Adam adam;
  double area_sum = 0;  ///< of the unfinished epoch, over its images classified right
  std::int64_t right = 0;
  double epoch_seconds = 0;
  std::vector<SigmaEpoch> epochs;
};
/// CBOR, every number to its last bit. @throws DataError for bytes that were not made so.
std::string to_bytes(const SigmaProgress& progress);
SigmaProgress progress_from_bytes(const std::string& bytes);

/// A line an epoch: epoch,learning_rate,area,accuracy,sigma_mean,sigma_min,sigma_max,seconds; the
/// area is "nan" where no image was classified right.
std::string sigma_csv(std::span<const SigmaEpoch> epochs);

/// Area, accuracy and the largest, mean and smallest σ against the epoch, as a stand-alone SVG.
/// @param epochs  at least one   @param last  the epoch that the axis ends at
std::string sigma_svg(std::span<const SigmaEpoch> epochs, std::int64_t last,
                      const std::string& title);

class SigmaLearning {
 public:
  /// @throws InputError as AreaObjective.
  SigmaLearning(const Dataset& images, const SigmaPlan& plan,
                const DifferentiableClassifier& classifier);

  SigmaProgress start() const;
  /// σ_i = init · exp(θ_i / init): positive whatever the step, and near init a step in θ is the
  /// same step in σ, so that learning rates mean what they mean in the paper, whose σ is θ itself.
  std::vector<double> sigma(const SigmaProgress& progress) const;  ///< HWC

  struct Events {
    std::function<void()> store;  ///< after each epoch, every five minutes, and on a stop
    std::function<void(const SigmaEpoch&)> epoch_done;  ///< behind its checkpoint
    std::function<void(std::int64_t step)> step_done;
  };
  /// Goes on from `progress` until all epochs are done or `stop` is set.
  /// @throws DataError where a probability is no number, naming the image.
  void run(SigmaProgress& progress, const Events& events, const StopFlag& stop);

  std::int64_t steps() const { return plan_.epochs * steps_per_epoch_; }

  struct Step {
    double area_sum = 0;           ///< of O over the images classified right
    std::int64_t right = 0;        ///< how many those are
    std::vector<double> gradient;  ///< of the mean of O over them with regard to σ (HWC)
  };
  /// The objective on these images and the noise of this epoch. The same bits on any number of
  /// cores. Call it from one thread.
  Step evaluate(std::span<const std::int64_t> images, std::int64_t epoch,
                const std::vector<double>& sigma) const;

 private:
  void learn_epoch(std::int64_t epoch, SigmaProgress& progress, const Events& events,
                   const StopFlag& stop);
  void store(const Events& events);

  const Dataset& images_;
  SigmaPlan plan_;
  const DifferentiableClassifier& classifier_;
  AreaObjective objective_;
  std::int64_t steps_per_epoch_;
  /// Of a classifier that takes many; halved where they do not fit on its device.
  mutable std::size_t images_a_pass_;
  double stored_ = 0;  ///< when, in seconds of a steady clock
};

}  // namespace certify

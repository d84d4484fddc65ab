#pragma once
/// The options of `certify train`, and what they come to.

#include <optional>
#include <string>

#include "apps/certify/learning/training_data.h"
#include "apps/certify/resumable_job.h"
#include "models/learning/training/training.h"

namespace CLI {
class App;
}

namespace certify {

struct TrainOptions {
  /// What is trained: a denoiser where one was asked for.
  const Architecture& architecture() const;

  TypedOptions typed;  ///< those that open data
  TrainingImages images;
  std::string arch = "resnet20", denoiser, model, normalize, precision;
  TrainingPlan plan;
  std::optional<double> sigma, lambda;
  std::optional<std::int64_t> stability_epochs;
  std::optional<bool> flips;
  bool half = false;
  int threads = 1;  ///< LibTorch's own threads wait for each other, for long on a busy machine
  JobOptions job;
};

void add_train_flags(CLI::App& command, TrainOptions& options);

/// Once they are parsed: what was not typed is as suits architecture and data.
/// @throws InputError for what is out of its range.
void settle_train_options(const CLI::App& command, TrainOptions& options);

/// @throws InputError for a precision that the device does not have.
TrainingDevice training_device(const TrainOptions& options);

}  // namespace certify

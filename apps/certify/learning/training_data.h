#pragma once
/// Which images are learned from, and which a training is measured on.

#include <memory>

#include <nlohmann/json.hpp>

#include "apps/certify/options/option_flags.h"
#include "data/dataset.h"

namespace certify {

struct TrainingImages {
  DatasetRequest request;  ///< its split is "train" unless another was asked for
  Slice slice;
};

/// The options of a run that say so.
void add_training_image_flags(CLI::App& app, TypedOptions& typed);
/// @throws InputError for a missing or wrong option.
TrainingImages training_images(const TypedOptions& typed);

/// Those images alone. @throws as open_dataset() and slice_indices().
std::unique_ptr<Dataset> open_part(const TrainingImages& images);

struct TrainingData {
  std::unique_ptr<Dataset> train;
  /// Of the whole split "train" it is the split "test"; of any other choice, what that leaves of
  /// its split, so that a data set of which only one split is at hand will do.
  std::unique_ptr<Dataset> test;
  /// {split, start, skip, count} for a part of a split or another split than "train"; else null.
  nlohmann::ordered_json slice;
};
/// @throws as open_dataset(); InputError where nothing is left to measure on; DataError where the
/// splits differ in classes or size.
TrainingData open_training_data(const TrainingImages& images);

}  // namespace certify

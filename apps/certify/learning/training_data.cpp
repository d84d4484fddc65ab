#include "apps/certify/learning/training_data.h"

#include <utility>

#include <CLI/CLI.hpp>

#include "apps/certify/options/run_dataset.h"
#include "core/base/errors.h"
#include "core/plan/plan.h"
#include "data/dataset.h"

namespace certify {
namespace {

constexpr const char* kSplit = "train";  ///< unless another is asked for

bool chooses_training_images(const OptionSpec& option) {
  return opens_data(option) || option.name == "start" || option.name == "skip" ||
         option.name == "count";
}

}  // namespace

void add_training_image_flags(CLI::App& app, TypedOptions& typed) {
  add_option_flags(app, typed, chooses_training_images);
  app.get_option(flag_of(option_spec("split")))->default_str(kSplit);
}

TrainingImages training_images(const TypedOptions& typed) {
  OptionSet options;
  set_from_environment(options, chooses_training_images);
  set_from_flags(options, typed);
  if (!options.given("dataset")) throw InputError("--dataset is missing");
  TrainingImages images{
      to_dataset_request(options),
      {options.integer("start"), options.integer("skip"), options.integer("count")}};
  if (!options.given("split")) images.request.split = kSplit;
  return images;
}

std::unique_ptr<Dataset> open_part(const TrainingImages& images) {
  std::shared_ptr<const Dataset> whole = open_dataset(images.request);
  auto indices = slice_indices(images.slice, whole->size());
  return subset(std::move(whole), std::move(indices));
}

TrainingData open_training_data(const TrainingImages& images) {
  const auto& [request, slice] = images;
  TrainingData data;
  auto whole = open_dataset(request);
  const auto taken = slice_indices(slice, whole->size());
  const auto left = indices_left(taken, whole->size());
  if (request.split == kSplit && left.empty()) {
    DatasetRequest other = request;
    other.split = "test";
    data.test = open_dataset(other);
    if (data.test->info().class_names != whole->info().class_names ||
        data.test->info().shape != whole->info().shape) {
      throw DataError("the splits train and test differ in their classes or in their size");
    }
    if (data.test->sha256() == whole->sha256()) {
      throw InputError(
          "{}: train and test are the same images; --start and --count take a part to train on",
          request.name);
    }
    data.train = std::move(whole);
    return data;
  }
  if (left.empty()) {
    throw InputError(
        "--split {}: no image is left to measure the training on; --start and --count take a part",
        request.split);
  }
  data.slice = {{"split", request.split},
                {"start", slice.start},
                {"skip", slice.skip},
                {"count", taken.size()}};
  const std::shared_ptr<const Dataset> shared = std::move(whole);
  data.train = subset(shared, taken);
  data.test = subset(shared, left);
  return data;
}

}  // namespace certify

#include "apps/certify/options/run_dataset.h"

#include <utility>

#include "core/base/errors.h"
#include "core/plan/plan.h"

namespace certify {

bool opens_data(const OptionSpec& option) {
  return option.name == "dataset" || option.name == "data_dir" || option.name == "split" ||
         option.name == "classes" || option.name == "resize" || option.name == "crop";
}

bool finds_data(const OptionSpec& option) {
  return opens_data(option) && option.name != "dataset" && option.name != "split";
}

std::unique_ptr<Dataset> open_dataset_named_by(const Manifest& run, OptionSet options) {
  const RunSettings& s = run.settings;
  if (!options.given("dataset")) options.set("dataset", s.dataset, "the run");
  if (!options.given("split")) options.set("split", s.split, "the run");
  if (!options.given("data_dir") && !run.data_dir.empty()) {
    options.set("data_dir", run.data_dir, "the run");
  }
  return open_dataset(to_dataset_request(options));
}

std::unique_ptr<Dataset> open_dataset_of_run(const Manifest& run, OptionSet options) {
  auto data = open_dataset_named_by(run, std::move(options));
  if (data->sha256() != run.settings.dataset_sha256) {
    throw DataError(
        "this is not the data of the run; --data-dir, --classes, --resize and --crop "
        "must be those of the run");
  }
  return data;
}

}  // namespace certify

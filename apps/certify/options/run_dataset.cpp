#include "apps/certify/options/run_dataset.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/base/errors.h"
#include "core/plan/plan.h"

namespace certify {

bool opens_data(const OptionSpec& option) {
  constexpr std::array<std::string_view, 10> kNames{"dataset",     "data_dir", "split",  "classes",
                                                    "resize",      "crop",     "images", "labels",
                                                    "labels_file", "layout"};
  return std::ranges::find(kNames, option.name) != kNames.end();
}

bool finds_data(const OptionSpec& option) {
  return opens_data(option) && option.name != "dataset" && option.name != "split";
}

nlohmann::ordered_json data_options_of(const OptionSet& options) {
  auto given = nlohmann::ordered_json::object();
  for (const OptionSpec& option : option_table()) {
    if (!finds_data(option) || option.name == "data_dir" || !options.given(option.name)) continue;
    given[std::string(option.name)] = options.value(option.name);
  }
  return given;
}

std::unique_ptr<Dataset> open_dataset_named_by(const Manifest& run, OptionSet options) {
  const RunSettings& s = run.settings;
  if (!options.given("dataset")) options.set("dataset", s.dataset, "the run");
  if (!options.given("split")) options.set("split", s.split, "the run");
  if (!options.given("data_dir") && !run.data_dir.empty()) {
    options.set("data_dir", run.data_dir, "the run");
  }
  for (const auto& [name, value] : run.data_options.items()) {
    const OptionSpec* option = find_option(name);
    if (option == nullptr || !finds_data(*option) || options.given(name)) continue;
    options.set(name, checked_option(*option, value, "the run's " + name), "the run");
  }
  return open_dataset(to_dataset_request(options));
}

std::unique_ptr<Dataset> open_dataset_of_run(const Manifest& run, OptionSet options) {
  auto data = open_dataset_named_by(run, std::move(options));
  if (data->sha256() != run.settings.dataset_sha256) {
    throw DataError(
        "this is not the data of the run; --data-dir, --classes, --resize, --crop, --images, "
        "--labels and --labels-file must be those of the run");
  }
  return data;
}

}  // namespace certify

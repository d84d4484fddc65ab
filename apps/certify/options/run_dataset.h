#pragma once

#include <memory>

#include "core/configs/option_values.h"
#include "core/runs/manifest.h"
#include "data/dataset.h"

namespace certify {

/// The options that say where a data set is and how its images are framed.
bool opens_data(const OptionSpec& option);

/// The same of a run, which knows which data set it is of.
bool finds_data(const OptionSpec& option);

/// Those given among them but data_dir, for a manifest. Numbers and texts by the options' names.
nlohmann::ordered_json data_options_of(const OptionSet& options);

/// The data set that a run names, found where the run found it unless `options` say where. It may
/// have changed since. @throws as open_dataset().
std::unique_ptr<Dataset> open_dataset_named_by(const Manifest& run, OptionSet options);

/// The images that a run was made on, found where the run found them unless `options` say where.
/// @throws DataError where they are not those of the run; as open_dataset().
std::unique_ptr<Dataset> open_dataset_of_run(const Manifest& run, OptionSet options);

}  // namespace certify

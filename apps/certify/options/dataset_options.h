#pragma once

#include "core/configs/option_values.h"
#include "data/dataset.h"

namespace certify {

/// The options of the group "Data" that say what to open, and where ($CERTIFY_DATA and the like).
/// @throws InputError.
DatasetRequest to_dataset_request(const OptionSet& options);

}  // namespace certify

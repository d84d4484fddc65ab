#pragma once
/// What options mean, and which go together: the one place that decides it. A run, a sweep before
/// it starts anything, and a test that tries every pair of options all ask here.

#include <string>
#include <vector>

#include "core/configs/option_values.h"
#include "core/methods/method.h"
#include "core/runs/settings.h"
#include "data/dataset.h"

namespace certify {

/// What the options of a run decide by themselves, before any file is opened.
struct Plan {
  const Method* method = nullptr;
  /// Without what the data set, the network and a map of sigma add: see run_plan.h.
  RunSettings settings;
  DatasetRequest data;
  std::vector<std::string> masks;  ///< files
  std::string sigma_map;           ///< a file; empty: settings.sigma for every element
};

/// Looks at nothing but the options, and at the environment where they say so (`--shard auto/N`,
/// folders of data).
/// @throws InputError naming the options that are missing or do not go together.
Plan resolve(const OptionSet& options);

/// The method as typed, or the one that follows from the other options.
std::string method_name(const OptionSet& options);

/// Where the images are, and how they are framed. @throws InputError for a crop that is none.
DatasetRequest to_dataset_request(const OptionSet& options);

}  // namespace certify

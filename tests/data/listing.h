#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

#include "data/dataset.h"

namespace certify {

/// The first file that list_datasets() finds of a data set; empty for none.
inline std::filesystem::path found_of(const std::string& name, const std::filesystem::path& dir) {
  const auto listings = list_datasets(dir);
  return std::ranges::find(listings, name, &DatasetListing::name)->found_first;
}

}  // namespace certify

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "data/dataset.h"

namespace certify {

/// Some images of a data set, numbered from 0 in the order given. at(k) keeps the index that the
/// image has in the whole; info() and sha256() are the whole's.
/// @throws InputError for an index outside the whole, and where there is none.
std::unique_ptr<Dataset> subset(std::shared_ptr<const Dataset> whole,
                                std::vector<std::int64_t> indices);

/// 0 … size - 1 without those. @param taken  ascending
std::vector<std::int64_t> indices_left(const std::vector<std::int64_t>& taken, std::int64_t size);

}  // namespace certify

#pragma once
/// What the readers of data sets share.

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "data/dataset.h"

namespace certify {

/// Whether the split is "train". @throws InputError unless it is that or "test".
bool is_train(const DatasetRequest& request);

/// What cannot be looked at is neither.
bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// @throws DataError naming file and record for a label >= classes.
void check_label(unsigned label, std::size_t classes, const std::filesystem::path& file,
                 std::int64_t record);

}  // namespace certify

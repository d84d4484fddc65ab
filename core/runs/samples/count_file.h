#pragma once
/// Class counts of other programs: one row an image, m counts and the label last, separated by
/// blanks, tabs or commas (Certify_Topk writes such files).

#include <filesystem>
#include <functional>

#include "core/base/samples.h"

namespace certify {

/// Hands each row to `each` as estimation samples of image 0, 1, 2, …; memory is one row's. Blank
/// lines are passed over.
/// @throws DataError "file:line: reason" for what is no whole number >= 0, fewer than two classes,
/// another number of columns or another sum than the first row's, a label outside the classes; for
/// no rows at all, and no such file. IoError when it cannot be read.
void read_count_file(const std::filesystem::path& file,
                     const std::function<void(ImageSamples)>& each);

}  // namespace certify

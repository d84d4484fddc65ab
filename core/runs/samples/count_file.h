#pragma once
/// Class counts of other programs: one row an image, m counts and the label last, separated by
/// blanks, tabs or commas (Certify_Topk writes such files).

#include <filesystem>
#include <functional>
#include <istream>
#include <string>

#include "core/base/samples.h"

namespace certify {

struct CountFileShape {
  std::int64_t rows = 0;
  int classes = 0;
  std::int64_t n = 0;  ///< samples of every row
};

/// Hands each row to `each` as estimation samples of image 0, 1, 2, …; memory is one row's. Blank
/// lines are passed over.
/// @param name  what messages call the input
/// @throws DataError "name:line: reason" for what is no whole number >= 0, fewer than two classes,
/// another number of columns or another sum than the first row's, a label outside the classes; for
/// no rows at all.
CountFileShape read_count_file(std::istream& in, const std::string& name,
                               const std::function<void(ImageSamples)>& each);

/// The same from a file. @throws IoError when it cannot be read.
CountFileShape read_count_file(const std::filesystem::path& file,
                               const std::function<void(ImageSamples)>& each);

}  // namespace certify

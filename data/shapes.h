#pragma once
/// A data set that needs no download: coloured figures on cluttered backgrounds, 3 × 32 × 32, ten
/// classes, drawn when asked for. Every byte follows from (split, index) by integer arithmetic, so
/// a certificate made on one machine can be checked on any other.

#include <memory>

#include "data/dataset.h"

namespace certify {

inline constexpr std::int64_t kShapesTrainImages = 10'000;
inline constexpr std::int64_t kShapesTestImages = 1'000;

/// Splits "test" and "train". Each ten images in a row (0-9, 10-19, …) have ten different labels,
/// in an order of their own. sha256() draws the whole split (tenths of a second) and equals that of
/// the files write_cifar10_batches makes of it. `request.dir` is not used. @throws InputError for
/// another split.
std::unique_ptr<Dataset> open_shapes(const DatasetRequest& request);

}  // namespace certify

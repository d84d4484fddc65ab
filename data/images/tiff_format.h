#pragma once
/// What the samples of a TIFF file's pixels mean, for tiff.cpp.

#include <array>
#include <vector>

#include "data/images/tiff_in_memory.h"

namespace certify {

enum class TiffKind { kGrey, kPalette, kRgb, kCmyk };

/// What the samples of a pixel mean.
struct TiffFormat {
  TiffKind kind = TiffKind::kGrey;
  unsigned bits = 8;      ///< of a sample
  unsigned samples = 1;   ///< of a pixel in the file
  bool separate = false;  ///< each sample in a plane of its own
  bool white_is_zero = false;
  bool premultiplied = false;  ///< by alpha, the fourth sample

  unsigned samples_used() const {
    if (kind == TiffKind::kCmyk || premultiplied) return 4;
    return kind == TiffKind::kRgb ? 3 : 1;
  }
};

/// @throws DataError for what is not read as Pillow reads it
TiffFormat read_format(const Tiff& tiff);

/// Samples of a pixel, 0 to 2^bits - 1, as RGB, as Pillow converts them.
class TiffColours {
 public:
  /// @throws DataError without a palette that there must be
  TiffColours(const Tiff& tiff, const TiffFormat& format);

  Rgb operator()(const std::array<unsigned, 4>& samples) const;

 private:
  Rgb grey(unsigned value) const;
  Rgb of_channels(std::array<unsigned, 4> samples) const;

  TiffFormat format_;
  std::vector<Rgb> palette_;
};

}  // namespace certify

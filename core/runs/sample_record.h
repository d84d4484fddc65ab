#pragma once
/// One image's samples as one line of text. Grammar: docs/files.md.

#include <string>
#include <string_view>

#include "core/base/samples.h"

namespace certify {

/// What every record of a run must look like.
struct RecordShape {
  int classes = 0;
  std::int64_t n0 = 0, n = 0;
};

/// {"index":0,"label":3,"selection":{"3":100},"estimation":{"3":998,"5":2},"invalid":[0,0],
///  "seconds":1.25,"crc":"89abcdef"}, without a line break. Classes without votes are left out; crc
///  is the
/// CRC-32 of all that stands before `,"crc"`.
std::string to_line(const ImageSamples& samples);

/// @throws DataError with the reason: a checksum that does not fit, counts that do not sum to n0
/// and n, a class or label outside [0, classes), what is no record at all.
ImageSamples parse_line(std::string_view line, const RecordShape& shape);

}  // namespace certify

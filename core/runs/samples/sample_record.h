#pragma once
/// One image's samples as one line of text. Grammar: docs/files.md.

#include <optional>
#include <string>
#include <string_view>

#include "core/base/samples.h"
#include "core/runs/samples/score_file.h"

namespace certify {

/// What every record of a run must look like.
struct RecordShape {
  int classes = 0;
  std::int64_t n0 = 0, n = 0;
  ScorePlan scores = {};
  bool stops = false;  ///< images may have fewer than n estimation samples, with a reason
  bool gradient = false;
  std::int64_t dimension = 0;  ///< of an image
  bool keeps_mean = false;     ///< of the gradient
};

/// A record, with where its scores are if there are any.
struct SampleRecord {
  ImageSamples samples;
  std::optional<ScoreEntry> scores;
  std::string gradient_sha256;  ///< of the file with the mean; empty where none is kept
};

/// {"index":0,"label":3,"selection":{"3":100},"estimation":{"3":998,"5":2},"invalid":[0,0],
///  "seconds":1.25,"crc":"89abcdef"}, without a line break. Classes without votes are left out; crc
/// is the CRC-32 of all that stands before `,"crc"`: a flipped digit inside valid JSON would else
/// be a silent wrong count. Sparse counts keep a line of 1000 classes short.
/// An image that was stopped before n has, before "seconds", "stopped":"certified" or "hopeless".
/// Where averages of the noise were kept, "gradient":{"tested":3,"samples":[5000,5000],
/// "dimension":3072,"dot":0.01,"largest":0.02,"subspaces":{"R":[1024,0.003]}} stands there too.
/// Where their mean is kept as well, "sha256":"…" of its file is the last entry of that.
/// An image whose scores were kept has, before "crc", "scores":{"tested":3,"candidates":[0,1],
/// "selection_means":[0.9,0.05,0.05,0],"sha256":"…"}.
/// @param gradient_sha256  of the mean's file; empty: there is none
std::string to_line(const ImageSamples& samples, const std::optional<ScoreEntry>& scores = {},
                    const std::string& gradient_sha256 = {});

/// The line without its time and checksum: the same for equal samples, whenever they were drawn.
/// @param line  one that parse_line() takes
std::string timeless(std::string_view line);

/// @throws DataError with the reason: a checksum that does not fit, counts that do not sum to n0
/// and n (for an image that was stopped: to a number below n at which the rule looks), a stop in a
/// run that draws all n, a class or label outside [0, classes), scores where none belong or none
/// where they do, what is no record at all.
SampleRecord parse_line(std::string_view line, const RecordShape& shape);

}  // namespace certify

#pragma once
/// What a run keeps of one image beside its record, if it was asked to: scores/<index>.npy, the
/// soft outputs, and gradients/<index>.npy, the average of z (1[f = c] - ½) in every coordinate.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/samples.h"
#include "core/base/score_plan.h"

namespace certify {

/// What the image's record says of its score file.
struct ScoreEntry {
  int tested = -1;              ///< the class whose scores were kept; -1 for a matrix of all
  std::vector<int> candidates;  ///< and those of these rivals
  std::vector<double> selection_means;  ///< of the columns, over the n0 samples; may be empty
  std::string sha256;                   ///< of the file
};

/// Writes the image's scores durably, before the record that has their hash. A crash leaves at
/// worst a file that no record names. It is overwritten when the image is sampled again. Nothing
/// for an image without scores.
/// @param folder  the run's   @throws IoError
std::optional<ScoreEntry> write_scores(const std::filesystem::path& folder,
                                       const ImageSamples& samples);

/// Reads them back into `samples`.
/// @param n,classes  of the run   @throws DataError naming the file that is missing, damaged, of
/// another shape, or holds what scores cannot be: outside [0, 1], rows not summing to 1
void read_scores(const std::filesystem::path& folder, const ScorePlan& plan,
                 const ScoreEntry& entry, std::int64_t n, int classes, ImageSamples& samples);

/// Writes the mean of the gradient durably, before the image's record: 1 × d float32, pixel by
/// pixel, the channels of a pixel together. @param folder  the run's
/// @return the file's SHA-256; empty for an image without a mean   @throws IoError
std::string write_gradient(const std::filesystem::path& folder, const ImageSamples& samples);

/// Reads it back into `samples`, of whose gradient it must be the mean.
/// @throws DataError naming the file that is missing, damaged, of another size, or whose largest
/// entry is not the one that the record names
void read_gradient(const std::filesystem::path& folder, const std::string& sha256,
                   ImageSamples& samples);

}  // namespace certify

#include "core/runs/samples/gradient_file.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/samples/npy.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

fs::path gradient_file(const fs::path& folder, std::int64_t index) {
  return folder / "gradients" / fmt::format("{}.npy", index);
}

/// As the record has it, in double precision; the mean is kept in single.
void check_largest(const GradientStatistics& gradient) {
  float largest = 0;
  for (const float entry : gradient.mean) largest = std::max(largest, std::abs(entry));
  if (!(largest == static_cast<float>(gradient.largest))) {
    throw DataError(
        fmt::format("its largest entry is {}, the record's {}", largest, gradient.largest));
  }
}

}  // namespace

std::string write_gradient(const fs::path& folder, const ImageSamples& samples) {
  const std::vector<float>& mean = samples.gradient.mean;
  if (mean.empty()) return {};
  const std::string bytes =
      to_npy(std::span<const float>(mean), 1, static_cast<std::int64_t>(mean.size()));
  const fs::path file = gradient_file(folder, samples.index);
  create_folder(file.parent_path());
  replace_file(file, bytes);
  return sha256_of(bytes);
}

void read_gradient(const fs::path& folder, const std::string& sha256, ImageSamples& samples) {
  const fs::path file = gradient_file(folder, samples.index);
  std::error_code error;
  if (!fs::exists(file, error)) throw DataError(fmt::format("{}: is missing", file.string()));
  const std::string bytes = read_file(file);  // IoError is no damage: the file may be whole
  try {
    if (sha256_of(bytes) != sha256) throw DataError("damaged: its hash is not the record's");
    samples.gradient.mean = floats_from_npy(bytes, 1, samples.gradient.dimension);
    check_largest(samples.gradient);
  } catch (const DataError& reason) {
    throw DataError(fmt::format("{}: {}", file.string(), reason.what()));
  }
}

}  // namespace certify

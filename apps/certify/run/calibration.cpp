#include "apps/certify/run/calibration.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "models/engine/kernels.h"

namespace certify {

std::vector<std::vector<Range>> calibrated_ranges(const std::filesystem::path& file,
                                                  const Normalization& normalization,
                                                  NetworkOptions options,
                                                  const std::vector<LabeledImage>& images,
                                                  const Noise& noise, std::uint64_t seed) {
  options.precision = Precision::kFp32;
  const ImageShape shape = images.at(0).image.shape;
  const auto network = open_network(file, shape, normalization, options);
  const NoiseGenerator generator(noise);
  std::vector<std::vector<Range>> ranges;
  std::vector<float> noisy(static_cast<std::size_t>(shape.size()));
  for (const LabeledImage& image : images) {
    const NoiseStream stream{seed, static_cast<std::uint32_t>(image.index), Phase::kCalibration};
    const std::vector<float> pixels = to_hwc(image.image);
    generator.add(pixels.data(), noisy.data(), shape.size(), stream, 0);
    network->watch(noisy.data(), 1, ranges);
  }
  if (ranges.empty()) {
    if (kernels_of(Arithmetic::kFp32).empty()) {
      throw DataError(
          "{}: this processor has no AVX2, with which scales are set: certify export --quantize "
          "on one that has writes a network that brings them",
          file.string());
    }
    throw DataError("{}: it has no convolution that can be computed in int8: leave --precision out",
                    file.string());
  }
  const auto is_infinite = [](const Range& r) {
    return !std::isfinite(r.least) || !std::isfinite(r.most);
  };
  for (const auto& program : ranges) {
    if (std::ranges::any_of(program, is_infinite)) {
      throw DataError(
          "{}: a value inside it is infinite on the noisy images that set its scales; fp32 and "
          "bf16 can tell that, 8 bits cannot",
          file.string());
    }
  }
  return ranges;
}

}  // namespace certify

#pragma once
/// What a network is shown of its training images. Depends on (seed, epoch, image) and on nothing
/// else, so that a training that was stopped goes on as if it had not been. A checkpoint needs no
/// generator's state, and batches are made on any number of threads.

#include <cstdint>
#include <vector>

#include "core/base/image.h"
#include "core/noise/families.h"

namespace certify {

struct Augmentation {
  int padding = 4;    ///< black pixels around the image, of which a crop of its size is taken
  bool flips = true;  ///< half of the images mirrored
  double sigma = 0;   ///< of the noise, in units of the [0,1] input (Cohen et al., appendix F)
  const NoiseFamily* family = &plain_noise_family();
  std::uint64_t seed = 0;
  /// Share of the images that get less noise, evenly from none to sigma: the network is then right
  /// about clean images too, which it otherwise never sees. Noise that needs a table for each sigma
  /// gets sixteen levels.
  double less_noise = 0;
};

/// Writes the image cropped, mirrored, and then with noise. @param out  shape.size() floats, HWC
void augment(const Image& image, std::int64_t index, std::int64_t epoch,
             const Augmentation& augmentation, float* out);

/// The image with one draw of noise that no training image gets; of sigma 0 the image itself.
/// @param out  shape.size() floats, HWC
void noisy_test_image(const Image& image, std::int64_t index, std::int64_t epoch,
                      const Noise& noise, std::uint64_t seed, float* out);

/// 0 … images - 1 in the order of an epoch, a random one.
std::vector<std::int64_t> epoch_order(std::int64_t images, std::int64_t epoch, std::uint64_t seed);

}  // namespace certify

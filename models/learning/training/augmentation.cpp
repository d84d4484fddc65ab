#include "models/learning/training/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include "core/noise/philox.h"

namespace certify {
namespace {

constexpr std::uint32_t kTestDraws = 0x80000000U;  ///< above every epoch of training

philox::Block random_words(std::uint64_t seed, Phase phase, std::int64_t image,
                           std::int64_t epoch) {
  return philox::philox4x32_10(
      {0, static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(phase),
       static_cast<std::uint32_t>(image)},
      static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
}

/// 0 … count - 1, each as likely to 2⁻³².
int below(std::uint32_t word, int count) {
  return static_cast<int>(static_cast<std::uint64_t>(word) * static_cast<std::uint64_t>(count) >>
                          32);
}

struct Framing {
  int dy = 0, dx = 0;  ///< of the crop's corner from the image's
  bool mirrored = false;
};

/// CHW to HWC, black outside.
void frame(const Image& image, const Framing& framing, float* out) {
  const auto [channels, height, width] = image.shape;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int from_y = y + framing.dy;
      const int from_x = (framing.mirrored ? width - 1 - x : x) + framing.dx;
      const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
      for (int c = 0; c < channels; ++c) {
        const auto at = (std::int64_t{c} * height + from_y) * width + from_x;
        *out++ = inside ? image.pixels[static_cast<std::size_t>(at)] : 0;
      }
    }
  }
}

/// @param word  a random one of the image's own
double noise_level(const Augmentation& a, std::uint32_t word) {
  constexpr double kLevels = 16;
  const double u = (word + 0.5) * 0x1p-32;
  if (u >= a.less_noise) return a.sigma;
  const double share = u / a.less_noise;
  return a.sigma * (a.family->takes_maps ? share : std::ceil(share * kLevels) / kLevels);
}

void add_noise_in_place(float* values, const ImageShape& shape, const Noise& noise,
                        const NoiseStream& stream, std::uint32_t sample) {
  if (noise.sigma == 0) return;
  const std::vector<float> clean(values, values + shape.size());
  NoiseGenerator(noise).add(clean.data(), values, shape.size(), stream, sample);
}

}  // namespace

void augment(const Image& image, std::int64_t index, std::int64_t epoch, const Augmentation& a,
             float* out) {
  const philox::Block words = random_words(a.seed, Phase::kAugmentation, index, epoch);
  const int offsets = 2 * a.padding + 1;
  const Framing framing{below(words.x0, offsets) - a.padding, below(words.x1, offsets) - a.padding,
                        a.flips && (words.x2 & 1) != 0};
  frame(image, framing, out);
  add_noise_in_place(out, image.shape, {a.family, noise_level(a, words.x3)},
                     {a.seed, static_cast<std::uint32_t>(index), Phase::kTraining},
                     static_cast<std::uint32_t>(epoch));
}

void noisy_test_image(const Image& image, std::int64_t index, std::int64_t epoch,
                      const Noise& noise, std::uint64_t seed, float* out) {
  frame(image, {}, out);
  add_noise_in_place(out, image.shape, noise,
                     {seed, static_cast<std::uint32_t>(index), Phase::kTraining},
                     kTestDraws + static_cast<std::uint32_t>(epoch));
}

std::vector<std::int64_t> epoch_order(std::int64_t images, std::int64_t epoch, std::uint64_t seed) {
  const philox::Block words = random_words(seed, Phase::kAugmentation, -1, epoch);
  std::mt19937_64 random(std::uint64_t{words.x0} << 32 | words.x1);
  std::vector<std::int64_t> order(static_cast<std::size_t>(images));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t left = order.size(); left > 1; --left) {  // std::shuffle may differ by library
    std::swap(order[left - 1], order[static_cast<std::size_t>(random() % left)]);
  }
  return order;
}

}  // namespace certify

#pragma once
/// The noise that smooths a classifier, as a value: its family, and how large it is.

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/noise/device_noise.h"
#include "core/noise/noise_stream.h"
#include "core/sigma_map/sigma_map.h"
#include "core/stats/binomial/binomial_tail.h"
#include "core/stats/bound.h"

namespace certify {

struct NoiseFamily;

struct Noise {
  const NoiseFamily* family = nullptr;  ///< of core/noise/families.h: lives as long as the program
  double sigma = 0;  ///< standard deviation, in units of the [0,1] input; the smallest of a map
  /// A σ for every element; null: `sigma` everywhere. Draws ignore `sigma` if a map is set. Must
  /// outlive the noise.
  const SigmaMap* map = nullptr;

  /// See NoiseFamily.
  double total_variation(std::int64_t elements) const;
  double majority_radius(const LowerBound& top) const;
  double pair_radius(const LowerBound& top, const UpperBound& rivals) const;
  Proportion probability_at(double radius) const;
};

/// The memory of a CellTable.
struct NoiseCells {
  std::vector<std::uint64_t> thresholds;
  std::vector<float> means;
  CellTable table;  ///< points to them
};

/// What a family's draws read: made once, read by every thread, and copied to devices.
struct NoiseTables {
  float scale = 0;  ///< of every element, not below σ; ignored if scales is not empty
  std::vector<float> scales = {};                ///< of a map: one for each element, HWC
  std::shared_ptr<const NoiseCells> cells = {};  ///< of families that draw whole cells
};

/// A way to draw, for one instruction set. All of a family give the same bits.
struct NoisePath {
  std::string_view name;
  /// out = x + ε, for one sample.
  /// @param x,out  `size` floats in HWC order, not overlapping   @param sample below 2³²
  void (*add)(const NoiseTables& tables, const float* x, float* out, std::int64_t size,
              const NoiseStream& stream, std::uint32_t sample);
  /// out = ε / σ; of noise that the network sees rounded, its mean given what the network sees.
  void (*standard)(const NoiseTables& tables, float* out, std::int64_t size,
                   const NoiseStream& stream, std::uint32_t sample);
};
/// Those that this processor can run. Paths are named after their instruction set.
std::vector<NoisePath> usable_paths(std::vector<NoisePath> all);

enum class DeviceFamily : std::uint32_t;  // core/noise/device_families.h

/// How noise is drawn, and what it proves. One .h/.cpp pair each; core/noise/families.h lists them.
struct NoiseFamily {
  std::string_view name;  ///< "gaussian"
  /// Says which bits are drawn. Stands in the settings of stored runs: runs of different streams
  /// cannot be continued or merged.
  std::string_view stream;
  std::string_view norm;  ///< of the radii: "l2"
  /// What smooths the classifier, for sentences.
  std::string_view described;
  /// Radii are of images of 8 bits alone, and not of what lies between two levels.
  bool levels_only;
  DeviceFamily device;  ///< the code that kernels run
  bool takes_maps;      ///< of sigma
  /// Elements that a network is given are whole multiples of it; 0: any floats. Images must be such
  /// multiples, as those of 8 bits are.
  double step;

  /// @throws InputError for a sigma or a map that cannot be drawn
  void (*check)(const Noise& noise);
  /// @throws what check() throws
  NoiseTables (*tables)(const Noise& noise);
  /// Those that this processor can run, fastest first.
  const std::vector<NoisePath>& (*paths)();

  /// How far, at most, a drawn sample's distribution is from the one that radii are proven for,
  /// apart from what docs/floating-point.md names as assumed. Rounded up.
  double (*total_variation)(const Noise& noise, std::int64_t elements);
  /// The radius within which every classifier keeps a class whose probability is at least `top`,
  /// rounded down; 0 unless that exceeds 1/2.
  double (*majority_radius)(const Noise& noise, const LowerBound& top);
  /// The same for a class whose probability is at least `top`, where every other class's is at most
  /// `rivals`. Not positive where nothing is certified.
  double (*pair_radius)(const Noise& noise, const LowerBound& top, const UpperBound& rivals);
  /// The probability whose majority radius is this one, to rounding.
  Proportion (*probability_at)(const Noise& noise, double radius);
  /// Of noise that is not drawn: how many samples are all that there are, each as likely. Null
  /// where samples are drawn at random.
  std::int64_t (*all_samples)(const Noise& noise) = nullptr;
  /// Whether the seed decides what is smoothed, and not only which samples are drawn.
  bool seed_is_of_classifier = false;
};

inline double Noise::total_variation(std::int64_t elements) const {
  return family->total_variation(*this, elements);
}
inline double Noise::majority_radius(const LowerBound& top) const {
  return family->majority_radius(*this, top);
}
inline double Noise::pair_radius(const LowerBound& top, const UpperBound& rivals) const {
  return family->pair_radius(*this, top, rivals);
}
inline Proportion Noise::probability_at(double radius) const {
  return family->probability_at(*this, radius);
}

/// A noise made ready to be drawn, on the fastest path of this processor. Safe for many threads.
class NoiseGenerator {
 public:
  /// Keeps nothing of `noise`, its map included.
  explicit NoiseGenerator(const Noise& noise)
      : tables_(noise.family->tables(noise)), path_(noise.family->paths().front()) {}
  /// As NoisePath::add.
  void add(const float* x, float* out, std::int64_t size, const NoiseStream& stream,
           std::uint32_t sample) const {
    path_.add(tables_, x, out, size, stream, sample);
  }
  /// As NoisePath::standard.
  void standard(float* out, std::int64_t size, const NoiseStream& stream,
                std::uint32_t sample) const {
    path_.standard(tables_, out, size, stream, sample);
  }

 private:
  NoiseTables tables_;
  NoisePath path_;
};

}  // namespace certify

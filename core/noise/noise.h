#pragma once
/// The noise that smooths a classifier, as a value: its family, and how large it is.

#include <cstdint>
#include <string_view>
#include <vector>

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
  double majority_radius(const LowerBound& top) const;
  double pair_radius(const LowerBound& top, const UpperBound& rivals) const;
  Proportion probability_at(double radius) const;
};

/// What a family's draws read: made once, read by every thread, and copied to devices.
struct NoiseTables {
  float scale = 0;            ///< of every element, not below σ; ignored if scales is not empty
  std::vector<float> scales;  ///< of a map: one for each element, HWC
};

/// A way to draw, for one instruction set. All of a family give the same bits.
struct NoisePath {
  std::string_view name;
  /// out = x + ε, for one sample.
  /// @param x,out  `size` floats in HWC order, not overlapping   @param sample below 2³²
  void (*add)(const NoiseTables& tables, const float* x, float* out, std::int64_t size,
              const NoiseStream& stream, std::uint32_t sample);
};

enum class DeviceFamily : std::uint32_t;  // core/noise/device_families.h

/// How noise is drawn, and what it proves. One .h/.cpp pair each; core/noise/families.h lists them.
struct NoiseFamily {
  std::string_view name;  ///< "gaussian"
  /// Says which bits are drawn. Stands in the settings of stored runs: runs of different streams
  /// cannot be continued or merged.
  std::string_view stream;
  std::string_view norm;  ///< of the radii: "l2"
  DeviceFamily device;    ///< the code that kernels run

  NoiseTables (*tables)(const Noise& noise);
  /// Those that this processor can run, fastest first.
  const std::vector<NoisePath>& (*paths)();

  /// The radius within which every classifier keeps a class whose probability is at least `top`,
  /// rounded down; 0 unless that exceeds 1/2.
  double (*majority_radius)(const Noise& noise, const LowerBound& top);
  /// The same for a class whose probability is at least `top`, where every other class's is at most
  /// `rivals`. Not positive where nothing is certified.
  double (*pair_radius)(const Noise& noise, const LowerBound& top, const UpperBound& rivals);
  /// The probability whose majority radius is this one, to rounding.
  Proportion (*probability_at)(const Noise& noise, double radius);
};

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
      : tables_(noise.family->tables(noise)), add_(noise.family->paths().front().add) {}
  /// As NoisePath::add.
  void add(const float* x, float* out, std::int64_t size, const NoiseStream& stream,
           std::uint32_t sample) const {
    add_(tables_, x, out, size, stream, sample);
  }

 private:
  NoiseTables tables_;
  decltype(NoisePath::add) add_;
};

}  // namespace certify

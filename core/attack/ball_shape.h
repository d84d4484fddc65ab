#pragma once
/// The balls that an attack searches, in the norm of the radii: how long a move is, which one
/// climbs most, and which point of the ball is the nearest. A norm is a row of the table in
/// ball_shape.cpp.

#include <span>
#include <string_view>
#include <vector>

#include "core/noise/noise.h"

namespace certify {

/// What attacks need to know of a norm.
struct AttackNorm {
  std::string_view name;  ///< as NoiseFamily::norm
  double (*length)(std::span<const double> move);
  /// Moves that far along the gradient, in the direction that climbs most a unit of length.
  void (*climb)(std::span<const float> gradient, double length, std::span<double> move);
  /// To the nearest move of at most that length.
  void (*project)(double radius, std::span<double> move);
};

class BallShape {
 public:
  /// @param family  its radii are attacked: their norm, and the points that they are about. Must
  /// outlive this  @throws InputError where no attack knows the norm
  explicit BallShape(const NoiseFamily& family);

  /// Of two points, rounded up. Points of noise that comes in steps are told apart by whole steps,
  /// as their certificates tell them apart.
  double distance(const std::vector<float>& from, const std::vector<float>& to) const;

  /// One step of projected gradient ascent. Where radii are of images only, elements stay in [0,
  /// 1], and those at an end already leave the step to others.
  /// @return false where the gradient vanishes or is not finite: nothing was moved
  bool climb(const std::vector<float>& center, double radius, double length,
             std::span<const float> gradient, std::vector<double>& move) const;

  /// The point that a move leads to, in single precision and whole steps, and inside the ball even
  /// so.
  std::vector<float> point(const std::vector<float>& center, double radius,
                           std::vector<double> move) const;

 private:
  void round_to_steps(const std::vector<float>& center, std::vector<double>& move) const;

  const AttackNorm* norm_;
  double step_;  ///< 0: points are any floats
  bool levels_only_;
};

/// center + move, in single precision.
std::vector<float> moved(const std::vector<float>& center, std::span<const double> move);

}  // namespace certify

#pragma once
/// Drawing in integers only, so that a picture has the same bytes on every machine: no libm, no
/// float, no library generator. Lengths are in eighths of a pixel unless said otherwise.

#include <array>
#include <cstdint>

namespace certify {

/// Pseudo-random numbers from a key and a counter (splitmix64's mixing function): every image has a
/// key of its own, so images can be drawn in any order.
class Draws {
 public:
  explicit Draws(std::uint64_t key) : key_(key) {}
  /// Uniform on low..high, both included (up to 2^-32 of unevenness). low <= high.
  int between(int low, int high);
  bool coin() { return between(0, 1) == 1; }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

/// Key of item `index` of stream `stream`; different pairs give unrelated keys.
std::uint64_t draw_key(std::uint64_t stream, std::uint64_t index);

enum class Figure {
  kCircle,
  kRing,
  kCrescent,
  kSquare,
  kTriangle,
  kPlus,
  kStar,
  kBowTie,
  kBars,
  kChecker
};
inline constexpr int kFigures = 10;

struct Placement {
  int centre_x = 0;
  int centre_y = 0;
  int radius = 0;    ///< of the circle the figure about fills, > 0
  int angle = 0;     ///< degrees, any integer
  int aspect = 100;  ///< height as a percentage of width, > 0
  int thickness =
      0;  ///< -8 (thin) .. 8 (thick): stroke width of rings, crosses, crescents, stars …
};

/// A colour that changes linearly over the image: value of a channel at pixel (x, y), 0..255,
/// clamped.
struct Paint {
  std::array<int, 3> base{};     ///< in the image's middle
  std::array<int, 3> slope_x{};  ///< change over the image's width
  std::array<int, 3> slope_y{};  ///< change over its height

  int at(int channel, int x, int y) const;
};

inline constexpr int kCanvasSide = 32;

/// 3 × 32 × 32 bytes, CHW, red first.
class Canvas {
 public:
  void fill(const Paint& paint);
  /// Paints a figure over what is there, its edge smoothed by 4 × 4 samples a pixel.
  void draw(Figure figure, const Placement& placement, const Paint& paint);
  /// Adds an independent uniform number in -amplitude..amplitude to every byte.
  void add_grain(int amplitude, Draws& draws);

  const std::array<unsigned char, 3 * kCanvasSide * kCanvasSide>& bytes() const { return bytes_; }

 private:
  unsigned char& byte(int channel, int x, int y);

  std::array<unsigned char, 3 * kCanvasSide * kCanvasSide> bytes_{};
};

}  // namespace certify

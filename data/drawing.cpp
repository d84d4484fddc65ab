#include "data/drawing.h"

#include <algorithm>
#include <cstdlib>

namespace certify {
namespace {

constexpr int kOne = 4000;          // a figure's own unit length: its radius
constexpr int kSineOne = 4 * kOne;  // 1.0 as a sine
constexpr int kEighths = 8;         // of a pixel
constexpr int kSamplesPerSide = 4;  // of a pixel, for smooth edges
constexpr int kSamples = kSamplesPerSide * kSamplesPerSide;

std::uint64_t mix(std::uint64_t z) {  // splitmix64 (Steele, Lea & Flood, 2014)
  z += 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// Bhaskara's rational sine, within 0.0017 of the true one: exact enough to turn a figure.
int sine(int degrees) {
  const int turn = ((degrees % 360) + 360) % 360;
  const int half = turn % 180;
  const int product = half * (180 - half);
  const int value = 4 * product * kSineOne / (40500 - product);
  return turn < 180 ? value : -value;
}
int cosine(int degrees) { return sine(degrees + 90); }

/// A point in a figure's own frame: the figure is centred at 0 and about fills the disc of radius
/// kOne.
struct Point {
  int u = 0;
  int v = 0;
};

bool in_disc(Point p, int radius) {
  const std::int64_t u = p.u, v = p.v, r = radius;
  return u * u + v * v <= r * r;
}

bool in_box(Point p, int half_width, int half_height) {
  return std::abs(p.u) <= half_width && std::abs(p.v) <= half_height;
}

/// Whether the point lies inside at least `needed` of `sides` half-planes whose borders are
/// `distance` from 0 and evenly turned: all of 3 make a triangle, at least 4 of 5 a star.
bool in_half_planes(Point p, int sides, int needed, int distance) {
  int inside = 0;
  for (int k = 0; k < sides; ++k) {
    const int angle = 90 + k * 360 / sides;
    const std::int64_t along = std::int64_t{p.u} * cosine(angle) + std::int64_t{p.v} * sine(angle);
    inside += along <= std::int64_t{distance} * kSineOne;
  }
  return inside >= needed;
}

/// Cells of a figure cut into `cells` along one axis; the point must be inside the figure's box.
int cell_of(int coordinate, int half_side, int cells) {
  return std::min((coordinate + half_side) * cells / (2 * half_side), cells - 1);
}

bool contains(Figure figure, Point p, int thickness) {
  constexpr int kPercent = kOne / 100;
  const int t = thickness * kPercent;  // up to 8 % of the radius
  switch (figure) {
    case Figure::kCircle:
      return in_disc(p, 90 * kPercent);
    case Figure::kRing:
      return in_disc(p, 95 * kPercent) && !in_disc(p, 55 * kPercent - t);
    case Figure::kCrescent:
      return in_disc(p, 100 * kPercent) && !in_disc({p.u - 48 * kPercent - t, p.v}, 82 * kPercent);
    case Figure::kSquare:
      return in_box(p, 76 * kPercent, 76 * kPercent);
    case Figure::kTriangle:
      return in_half_planes(p, 3, 3, 54 * kPercent);
    case Figure::kPlus:
      return in_box(p, 95 * kPercent, 26 * kPercent + t) ||
             in_box(p, 26 * kPercent + t, 95 * kPercent);
    case Figure::kStar:
      return in_half_planes(p, 5, 4, 34 * kPercent + t / 4);
    case Figure::kBowTie:
      return std::abs(p.u) <= 92 * kPercent &&
             std::abs(p.v) <= std::abs(p.u) * 9 / 10 + 6 * kPercent;
    case Figure::kBars:
      return in_box(p, 88 * kPercent, 88 * kPercent) && cell_of(p.v, 88 * kPercent, 5) % 2 == 0;
    case Figure::kChecker:
      return in_box(p, 88 * kPercent, 88 * kPercent) &&
             (cell_of(p.u, 88 * kPercent, 3) + cell_of(p.v, 88 * kPercent, 3)) % 2 == 0;
  }
  return false;
}

/// Maps points of the image into a figure's own frame.
class Frame {
 public:
  explicit Frame(const Placement& placement)
      : placement_(placement), sine_(sine(placement.angle)), cosine_(cosine(placement.angle)) {}

  Point own(int x, int y) const {
    const std::int64_t dx = x - placement_.centre_x, dy = y - placement_.centre_y;
    const std::int64_t scale = std::int64_t{placement_.radius} * (kSineOne / kOne);
    return {static_cast<int>((dx * cosine_ + dy * sine_) / scale),
            static_cast<int>((dy * cosine_ - dx * sine_) * 100 / (scale * placement_.aspect))};
  }

 private:
  Placement placement_;
  int sine_;
  int cosine_;
};

/// How many of a pixel's samples the figure covers, 0..16.
int coverage(Figure figure, const Frame& frame, int thickness, int pixel_x, int pixel_y) {
  int covered = 0;
  for (int s = 0; s < kSamples; ++s) {  // sample centres are at odd eighths
    const int x = pixel_x * kEighths + 2 * (s % kSamplesPerSide) + 1;
    const int y = pixel_y * kEighths + 2 * (s / kSamplesPerSide) + 1;
    covered += contains(figure, frame.own(x, y), thickness);
  }
  return covered;
}

struct PixelRange {
  int begin = 0;
  int end = 0;
};

/// Pixels along one axis that a figure can touch: its farthest points (a triangle's, a checker's
/// corners) are less than 1.4 radii away, stretched by the aspect.
PixelRange touched(int centre, const Placement& placement) {
  const int reach = placement.radius * 140 * std::max(placement.aspect, 100) / 10'000 + kEighths;
  return {std::clamp((centre - reach) / kEighths, 0, kCanvasSide),
          std::clamp((centre + reach) / kEighths + 1, 0, kCanvasSide)};
}

}  // namespace

std::uint64_t draw_key(std::uint64_t stream, std::uint64_t index) {
  return mix(mix(stream) ^ index);
}

int Draws::between(int low, int high) {
  const std::uint64_t span = static_cast<std::uint64_t>(std::int64_t{high} - low + 1);
  const std::uint64_t bits = mix(key_ ^ mix(++counter_)) >> 32;
  return low + static_cast<int>((bits * span) >> 32);
}

int Paint::at(int channel, int x, int y) const {
  const auto c = static_cast<std::size_t>(channel);
  const int twice_x = 2 * x + 1 - kCanvasSide, twice_y = 2 * y + 1 - kCanvasSide;
  const int value = base[c] + (slope_x[c] * twice_x + slope_y[c] * twice_y) / (2 * kCanvasSide);
  return std::clamp(value, 0, 255);
}

unsigned char& Canvas::byte(int channel, int x, int y) {
  return bytes_[static_cast<std::size_t>((channel * kCanvasSide + y) * kCanvasSide + x)];
}

void Canvas::fill(const Paint& paint) {
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < kCanvasSide; ++y) {
      for (int x = 0; x < kCanvasSide; ++x)
        byte(c, x, y) = static_cast<unsigned char>(paint.at(c, x, y));
    }
  }
}

void Canvas::draw(Figure figure, const Placement& placement, const Paint& paint) {
  const Frame frame(placement);
  const PixelRange columns = touched(placement.centre_x, placement);
  const PixelRange rows = touched(placement.centre_y, placement);
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = columns.begin; x < columns.end; ++x) {
      const int covered = coverage(figure, frame, placement.thickness, x, y);
      for (int c = 0; c < 3 && covered > 0; ++c) {
        const int mixed = byte(c, x, y) * (kSamples - covered) + paint.at(c, x, y) * covered;
        byte(c, x, y) = static_cast<unsigned char>((mixed + kSamples / 2) / kSamples);
      }
    }
  }
}

void Canvas::add_grain(int amplitude, Draws& draws) {
  for (unsigned char& value : bytes_) {
    value = static_cast<unsigned char>(
        std::clamp(value + draws.between(-amplitude, amplitude), 0, 255));
  }
}

}  // namespace certify

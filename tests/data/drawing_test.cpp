#include "data/drawing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

namespace certify {
namespace {

constexpr Paint kBlack{};
constexpr Paint kWhite{{255, 255, 255}, {}, {}};
constexpr Placement kCentred{.centre_x = 128, .centre_y = 128, .radius = 100};

/// Area in pixels that a white figure takes of a black canvas.
double area(Figure figure, const Placement& placement) {
  Canvas canvas;
  canvas.draw(figure, placement, kWhite);
  double sum = 0;
  for (unsigned char byte : canvas.bytes()) sum += byte;
  return sum / (3 * 255);
}

TEST(Draws, AreAFunctionOfTheKeyAlone) {
  Draws a(draw_key(1, 7)), b(draw_key(1, 7)), c(draw_key(2, 7)), d(draw_key(1, 8));
  const int first = a.between(0, 1'000'000);
  EXPECT_EQ(first, b.between(0, 1'000'000));
  EXPECT_NE(first, c.between(0, 1'000'000));
  EXPECT_NE(first, d.between(0, 1'000'000));
}

TEST(Draws, CoverTheirRangeEvenly) {
  Draws draws(3);
  std::array<int, 7> seen{};
  for (int i = 0; i < 70'000; ++i) ++seen.at(static_cast<std::size_t>(draws.between(-3, 3) + 3));
  // 10,000 expected each, standard deviation 93: 6 of those.
  for (int count : seen) EXPECT_NEAR(count, 10'000, 556);
}

TEST(Canvas, CircleHasTheAreaOfACircle) {
  const double radius = 0.9 * 100 / 8;  // pixels
  EXPECT_NEAR(area(Figure::kCircle, kCentred), std::numbers::pi * radius * radius, 1.0);
}

TEST(Canvas, TurningAFigureKeepsItsArea) {
  for (int f = 0; f < kFigures; ++f) {
    const auto figure = static_cast<Figure>(f);
    const double upright = area(figure, kCentred);
    for (int angle : {30, 45, 90, 217, -75}) {
      Placement turned = kCentred;
      turned.angle = angle;
      EXPECT_NEAR(area(figure, turned), upright, 0.03 * upright) << f << " at " << angle;
    }
  }
}

TEST(Canvas, FiguresAreCutAtTheBorder) {
  Placement corner = kCentred;
  corner.centre_x = corner.centre_y = 0;
  EXPECT_NEAR(area(Figure::kSquare, corner), area(Figure::kSquare, kCentred) / 4, 1.0);
  corner.centre_x = -10'000;
  EXPECT_EQ(area(Figure::kSquare, corner), 0);
}

TEST(Canvas, NoFigureReachesBeyondTheDrawnRange) {
  // A figure drawn at one place must be the same, pixel for pixel, a few whole pixels further.
  for (int f = 0; f < kFigures; ++f) {
    for (int angle : {0, 15, 45, 60, 100}) {
      const Placement here{
          .centre_x = 100, .centre_y = 100, .radius = 64, .angle = angle, .aspect = 118};
      Placement there = here;
      there.centre_x += 5 * 8;
      there.centre_y += 3 * 8;
      EXPECT_DOUBLE_EQ(area(static_cast<Figure>(f), here), area(static_cast<Figure>(f), there))
          << f << " at " << angle;
    }
  }
}

TEST(Canvas, EdgesAreSmooth) {
  Canvas canvas;
  Placement askew = kCentred;  // a circle about a pixel's corner has few levels by its symmetry
  askew.centre_x += 3;
  canvas.draw(Figure::kCircle, askew, kWhite);
  const std::set<int> levels(canvas.bytes().begin(), canvas.bytes().end());
  EXPECT_GT(levels.size(), 8U);
}

TEST(Canvas, GrainStaysWithinItsAmplitude) {
  Canvas canvas;
  canvas.fill({{100, 100, 100}, {}, {}});
  Draws draws(5);
  canvas.add_grain(4, draws);
  const auto [low, high] = std::minmax_element(canvas.bytes().begin(), canvas.bytes().end());
  EXPECT_EQ(*low, 96);
  EXPECT_EQ(*high, 104);
}

TEST(Paint, ChangesLinearlyAndIsClamped) {
  const Paint paint{{100, 10, 250}, {64, 0, 0}, {0, -64, 64}};
  EXPECT_EQ(paint.at(0, 0, 5), 69);    // 100 - 64 · 31/64
  EXPECT_EQ(paint.at(0, 31, 5), 131);  // 100 + 64 · 31/64
  EXPECT_EQ(paint.at(1, 0, 31), 0);
  EXPECT_EQ(paint.at(2, 0, 31), 255);
  EXPECT_EQ(kBlack.at(0, 3, 3), 0);
}

}  // namespace
}  // namespace certify

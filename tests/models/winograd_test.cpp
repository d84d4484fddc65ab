// Winograd's convolution against the definition, its paths against each other, and rows against
// their neighbours.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "models/winograd/winograd.h"

namespace certify {
namespace {

std::vector<float> normals(std::int64_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> out(static_cast<std::size_t>(size));
  for (float& value : out) value = normal(generator);
  return out;
}

/// A layer with everything on it.
struct Layer {
  Layer(std::int64_t rows, std::int64_t height, std::int64_t width, std::int64_t in,
        std::int64_t out)
      : shape{rows, height, width, in, out},
        x(normals(rows * height * width * in, 1)),
        weights(normals(out * in * 9, 2)),
        bias(normals(out, 3)),
        residual(normals(rows * height * width * out, 4)) {}

  std::vector<float> run(const WinogradPath& path, bool with_residual = true,
                         bool relu = true) const {
    std::vector<float> y(residual.size(), -7);
    const auto filters = winograd_filters(weights.data(), shape.in, shape.out, path);
    winograd_conv(path, shape, x.data(), filters.data(), bias.data(),
                  with_residual ? residual.data() : nullptr, relu, y.data());
    return y;
  }

  /// One output by the definition of a convolution, in double precision.
  double exact(std::int64_t row, std::int64_t down, std::int64_t across, std::int64_t k) const {
    double sum = bias[static_cast<std::size_t>(k)];
    for (std::int64_t i = -1; i <= 1; ++i) {
      for (std::int64_t j = -1; j <= 1; ++j) {
        const std::int64_t y = down + i, z = across + j;
        if (y < 0 || z < 0 || y >= shape.height || z >= shape.width) continue;
        for (std::int64_t c = 0; c < shape.in; ++c) {
          sum += double{x[static_cast<std::size_t>(
                     ((row * shape.height + y) * shape.width + z) * shape.in + c)]} *
                 weights[static_cast<std::size_t>(((k * shape.in + c) * 3 + i + 1) * 3 + j + 1)];
        }
      }
    }
    return sum;
  }

  WinogradShape shape;
  std::vector<float> x, weights, bias, residual;
};

double worst_error(const Layer& layer, const std::vector<float>& y, bool residual, bool relu) {
  const WinogradShape& s = layer.shape;
  double worst = 0;
  std::size_t at = 0;
  for (std::int64_t row = 0; row < s.rows; ++row) {
    for (std::int64_t down = 0; down < s.height; ++down) {
      for (std::int64_t across = 0; across < s.width; ++across) {
        for (std::int64_t k = 0; k < s.out; ++k, ++at) {
          double expected = layer.exact(row, down, across, k);
          if (residual) expected += layer.residual[at];
          if (relu) expected = std::max(expected, 0.0);
          worst = std::max(worst, std::abs(expected - y[at]));
        }
      }
    }
  }
  return worst;
}

TEST(Winograd, IsTheConvolutionOfTheDefinitionOnEveryPathAndAtEveryEdge) {
  for (const WinogradPath& path : winograd_paths()) {
    for (const Layer& layer : {Layer(2, 8, 8, 16, 32), Layer(3, 7, 5, 48, 16),
                               Layer(1, 1, 2, 16, 16), Layer(5, 6, 13, 32, 16)}) {
      for (const bool relu : {false, true}) {
        for (const bool residual : {false, true}) {
          // Sums of 9·in unit normals; their size is about 60.
          EXPECT_LT(worst_error(layer, layer.run(path, residual, relu), residual, relu), 5e-4)
              << path.name;
        }
      }
    }
  }
}

TEST(Winograd, HasTheSameBitsOnEveryPath) {
  const Layer layer(2, 9, 10, 32, 48);
  for (const WinogradPath& path : winograd_paths()) {
    EXPECT_EQ(layer.run(path), layer.run(winograd_paths().front())) << path.name;
  }
}

TEST(Winograd, GivesARowTheSameBitsWhereverItStandsAndWhateverStandsBesideIt) {
  if (winograd_paths().empty()) GTEST_SKIP() << "no path for this processor";
  const WinogradPath& path = winograd_paths().front();
  const Layer together(7, 5, 6, 16, 16);
  const auto all = together.run(path);
  const auto size = static_cast<std::ptrdiff_t>(5 * 6 * 16);
  for (std::ptrdiff_t row = 0; row < 7; ++row) {
    Layer alone(1, 5, 6, 16, 16);
    alone.weights = together.weights;
    alone.bias = together.bias;
    alone.x.assign(together.x.begin() + row * size, together.x.begin() + (row + 1) * size);
    alone.residual.assign(together.residual.begin() + row * size,
                          together.residual.begin() + (row + 1) * size);
    EXPECT_EQ(alone.run(path),
              std::vector<float>(all.begin() + row * size, all.begin() + (row + 1) * size));
  }
}

TEST(Winograd, KeepsWhatIsNotANumberForTheVoteToRefuse) {
  for (const WinogradPath& path : winograd_paths()) {
    Layer layer(1, 4, 4, 16, 16);
    layer.x[0] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(layer.run(path)[0])) << path.name;
  }
}

}  // namespace
}  // namespace certify

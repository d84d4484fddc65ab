// The engine's programs against the definition of their layers, instruction sets against each
// other, and images against their neighbours.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "core/base/errors.h"
#include "models/engine/engine_program.h"

namespace certify {
namespace {

constexpr Arithmetic kAll[] = {Arithmetic::kFp32, Arithmetic::kBf16, Arithmetic::kBf16Amx,
                               Arithmetic::kInt8};

std::vector<float> normals(std::int64_t size, unsigned seed, float deviation = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> out(static_cast<std::size_t>(size));
  for (float& value : out) value = normal(generator);
  return out;
}

/// Square, with weights that keep the size of what they are given.
Layer convolution(int x, int y, std::int64_t in, std::int64_t out, std::int64_t kernel,
                  std::int64_t stride = 1, std::int64_t padding = -1) {
  Layer layer;
  const std::int64_t pad = padding < 0 ? kernel / 2 : padding;
  layer.window = {{kernel, kernel}, {stride, stride}, {pad, pad}};
  layer.in = in;
  layer.out = out;
  const auto seed = static_cast<unsigned>(y);
  layer.weights = normals(out * in * kernel * kernel, seed,
                          std::sqrt(1 / static_cast<float>(in * kernel * kernel)));
  layer.bias = normals(out, seed + 100, 0.2F);
  layer.x = x;
  layer.y = y;
  return layer;
}

Layer with(Layer layer, bool relu, int residual = -1) {
  layer.relu = relu;
  layer.residual = residual;
  return layer;
}

Layer pooling(int x, int y, std::int64_t channels, Window window) {
  Layer layer;
  layer.window = window;
  layer.in = layer.out = channels;
  layer.x = x;
  layer.y = y;
  return layer;
}

/// Layers on one input, whose last value is given out.
struct Net {
  std::vector<Layer> layers;
  std::int64_t channels;
  Size size;

  std::int64_t image() const { return size.height * size.width * channels; }
};

/// All values of one image by the definition, in double precision. NHWC.
std::vector<std::vector<double>> exact(const Net& net, const std::vector<float>& x) {
  std::vector<std::vector<double>> values(net.layers.size() + 1);
  std::vector<Size> sizes(values.size(), net.size);
  values[0].assign(x.begin(), x.end());
  for (const Layer& l : net.layers) {
    const auto to = static_cast<std::size_t>(l.y), from = static_cast<std::size_t>(l.x);
    const Size in = sizes[from], out = sizes[to] = size_behind(l.window, in);
    for (std::int64_t row = 0; row < out.height; ++row) {
      for (std::int64_t column = 0; column < out.width; ++column) {
        for (std::int64_t k = 0; k < l.out; ++k) {
          double sum = l.is_pooling() ? -std::numeric_limits<double>::infinity()
                                      : double{l.bias[static_cast<std::size_t>(k)]};
          for (std::int64_t i = 0; i < l.window.kernel[0]; ++i) {
            for (std::int64_t j = 0; j < l.window.kernel[1]; ++j) {
              const std::int64_t y = row * l.window.stride[0] - l.window.padding[0] + i;
              const std::int64_t z = column * l.window.stride[1] - l.window.padding[1] + j;
              if (y < 0 || z < 0 || y >= in.height || z >= in.width) continue;
              const auto pixel = static_cast<std::size_t>((y * in.width + z) * l.in);
              if (l.is_pooling()) {
                sum = std::max(sum, values[from][pixel + static_cast<std::size_t>(k)]);
                continue;
              }
              for (std::int64_t c = 0; c < l.in; ++c) {
                const auto weight = static_cast<std::size_t>(
                    ((k * l.in + c) * l.window.kernel[0] + i) * l.window.kernel[1] + j);
                sum += values[from][pixel + static_cast<std::size_t>(c)] * l.weights[weight];
              }
            }
          }
          if (l.residual >= 0) {
            sum += values[static_cast<std::size_t>(l.residual)][values[to].size()];
          }
          values[to].push_back(l.relu ? std::max(sum, 0.0) : sum);
        }
      }
    }
  }
  return values;
}

std::vector<Range> ranges_of(const std::vector<std::vector<double>>& values) {
  std::vector<Range> ranges;
  for (const auto& value : values) {
    const auto [least, most] = std::ranges::minmax(value);
    ranges.push_back(
        {static_cast<float>(std::min(least, 0.0)), static_cast<float>(std::max(most, 0.0))});
  }
  return ranges;
}

/// @param given_ranges  of 8 bits, in place of those of one image
std::vector<float> run(const Net& net, Arithmetic arithmetic, const Kernels& kernels,
                       const std::vector<float>& images,
                       const std::vector<Range>* given_ranges = nullptr,
                       const std::vector<ChannelStep>& steps = {}) {
  std::vector<Range> ranges;
  if (given_ranges != nullptr) {
    ranges = *given_ranges;
  } else if (arithmetic == Arithmetic::kInt8) {
    ranges = ranges_of(exact(net, normals(net.image(), 7)));
  }
  const EngineProgram program(net.layers, {{net.channels, steps}}, {net.layers.back().y},
                              arithmetic, kernels, ranges);
  const Images given{images.data(), net.size};
  const std::int64_t rows = static_cast<std::int64_t>(images.size()) / net.image();
  const auto sizes = program.sizes({&given, 1});
  const Size last = sizes[static_cast<std::size_t>(net.layers.back().y)];
  std::vector<float> out(
      static_cast<std::size_t>(rows * last.height * last.width * net.layers.back().out), -7);
  float* const to = out.data();
  for (int again = 0; again < 2; ++again) {  // the second time in memory that was used
    program.run(rows, {&given, 1}, sizes, {&to, 1});
  }
  return out;
}

/// With every kind of layer.
Net residual_net() {
  return {{with(convolution(0, 1, 3, 16, 3), true), with(convolution(1, 2, 16, 16, 3), true),
           with(convolution(2, 3, 16, 16, 3), true, 1), with(convolution(3, 4, 16, 48, 3, 2), true),
           convolution(3, 5, 16, 48, 1, 2), with(convolution(4, 6, 48, 48, 3), true, 5),
           with(convolution(6, 7, 48, 32, 1), false), pooling(7, 8, 32, {{3, 3}, {2, 2}, {1, 1}})},
          3,
          {13, 18}};
}

/// What may be lost, of values of about 1.
double tolerance(Arithmetic arithmetic) {
  switch (arithmetic) {
    case Arithmetic::kFp32:
      return 2e-5;
    case Arithmetic::kInt8:
      return 0.25;
    case Arithmetic::kBf16:  // Winograd's sums of larger numbers
      return 0.15;
    default:
      return 0.06;
  }
}

void expect_near(const Net& net, const std::string& what) {
  const std::vector<float> image = normals(net.image(), 7);
  const std::vector<double> expected = exact(net, image).back();
  for (const Arithmetic arithmetic : kAll) {
    for (const Kernels& kernels : kernels_of(arithmetic)) {
      const std::vector<float> found = run(net, arithmetic, kernels, image);
      ASSERT_EQ(found.size(), expected.size());
      double worst = 0;
      for (std::size_t i = 0; i < found.size(); ++i) {
        worst = std::max(worst, std::abs(found[i] - expected[i]));
      }
      EXPECT_LT(worst, tolerance(arithmetic)) << what << " on " << kernels.name;
    }
  }
}

TEST(Engine, EachWindowIsTheConvolutionOfTheDefinitionOnEveryInstructionSet) {
  for (const Size size : {Size{8, 8}, Size{7, 5}, Size{1, 2}, Size{6, 13}, Size{5, 33}}) {
    const std::string at = std::to_string(size.height) + "x" + std::to_string(size.width);
    expect_near({{convolution(0, 1, 16, 32, 3)}, 16, size}, "3x3 at " + at);
    expect_near({{with(convolution(0, 1, 16, 16, 3), true, 0)}, 16, size}, "residual at " + at);
    expect_near({{convolution(0, 1, 3, 16, 3)}, 3, size}, "3 channels at " + at);
    expect_near({{convolution(0, 1, 5, 10, 3)}, 5, size}, "odd channels at " + at);
    expect_near({{convolution(0, 1, 32, 48, 1)}, 32, size}, "1x1 at " + at);
    expect_near({{convolution(0, 1, 16, 16, 1, 2)}, 16, size}, "1x1 by 2 at " + at);
    expect_near({{convolution(0, 1, 48, 16, 3, 2)}, 48, size}, "3x3 by 2 at " + at);
    expect_near({{convolution(0, 1, 3, 64, 7, 2)}, 3, size}, "7x7 by 2 at " + at);
    expect_near({{convolution(0, 1, 16, 16, 5)}, 16, size}, "5x5 at " + at);
  }
  expect_near({{convolution(0, 1, 16, 16, 3, 1, 0)}, 16, {9, 6}}, "without padding");
  expect_near({{convolution(0, 1, 16, 16, 2, 2, 0)}, 16, {9, 6}}, "2x2 by 2");
  // More words than are summed up at a time, in rows of the window and over them.
  expect_near({{convolution(0, 1, 352, 32, 3, 2)}, 352, {3, 3}}, "352 channels");
  expect_near({{convolution(0, 1, 1040, 16, 1)}, 1040, {2, 4}}, "1040 channels");
  Layer wide = convolution(0, 1, 16, 16, 3);
  wide.window = {{1, 9}, {2, 1}, {0, 4}};
  expect_near({{wide}, 16, {9, 6}}, "1x9");
}

TEST(Engine, ANetworkIsWhatItsLayersSayOnEveryInstructionSet) {
  expect_near(residual_net(), "a residual network");
}

TEST(Engine, InstructionSetsGiveTheSameBits) {
  const Net wide{{convolution(0, 1, 352, 32, 3, 2), convolution(1, 2, 32, 16, 3)}, 352, {7, 7}};
  for (const Net& net : {residual_net(), wide}) {
    const std::vector<float> images = normals(3 * net.image(), 5);
    for (const Arithmetic arithmetic : kAll) {
      for (const Kernels& kernels : kernels_of(arithmetic)) {
        EXPECT_EQ(run(net, arithmetic, kernels, images),
                  run(net, arithmetic, kernels_of(arithmetic).front(), images))
            << kernels.name;
      }
    }
  }
}

Layer scaled(Layer layer, float factor) {
  for (float& weight : layer.weights) weight *= factor;
  for (float& bias : layer.bias) bias *= factor;
  return layer;
}

TEST(Engine, EightBitSumsEndAlikeOnEveryInstructionSetHoweverLargeTheyAre) {
  // The factor of a residual takes 8 to 21 bits.
  for (const float weights : {1e-6F, 1e-4F, 1e-2F, 1.F}) {
    for (const float seen : {1e-2F, 1.F, 100.F}) {
      for (const bool relu : {false, true}) {
        const Net net{{with(scaled(convolution(0, 1, 16, 48, 3), weights), relu),
                       with(scaled(convolution(1, 2, 48, 48, 3), weights), relu, 1)},
                      16,
                      {7, 12}};
        std::vector<Range> ranges = ranges_of(exact(net, normals(net.image(), 7)));
        ranges[2] = {ranges[2].least * seen, ranges[2].most * seen};
        const std::vector<float> images = normals(2 * net.image(), 5);
        const std::vector<Kernels>& all = kernels_of(Arithmetic::kInt8);
        const std::vector<float> expected =
            run(net, Arithmetic::kInt8, all.back(), images, &ranges);
        for (const Kernels& kernels : all) {
          EXPECT_EQ(run(net, Arithmetic::kInt8, kernels, images, &ranges), expected)
              << kernels.name << ", weights " << weights << ", seen " << seen;
        }
      }
    }
  }
}

TEST(Engine, EightBitSumsBeyondSixteenBitsEndAtTheEnds) {
  // Sums of 16 ones, or of their opposites, in steps of a 2550th: 40,800 from zero.
  constexpr Size kSize{3, 7};
  Layer layer = convolution(0, 1, 16, 16, 1);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights[i] = i / 16 % 2 ? -1.F : 1.F;
  layer.bias.assign(16, 0);
  const Net net{{layer}, 16, kSize};
  const std::vector<Range> ranges{{0, 1}, {-0.05F, 0.05F}};
  const std::vector<float> ones(static_cast<std::size_t>(net.image()), 1);
  for (const Kernels& kernels : kernels_of(Arithmetic::kInt8)) {
    const std::vector<float> found = run(net, Arithmetic::kInt8, kernels, ones, &ranges);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i], i % 2 ? -0.05F : 0.05F, 0.0004F) << kernels.name << ", number " << i;
    }
  }
}

TEST(Engine, AnImageGetsTheSameBitsWhereverItStandsAndWhateverStandsBesideIt) {
  const Net net = residual_net();
  constexpr std::int64_t kImages = 29;
  const std::vector<float> images = normals(kImages * net.image(), 6);
  for (const Arithmetic arithmetic : kAll) {
    for (const Kernels& kernels : kernels_of(arithmetic)) {
      const std::vector<float> together = run(net, arithmetic, kernels, images);
      const auto size = static_cast<std::ptrdiff_t>(together.size()) / kImages;
      for (const std::ptrdiff_t image : {0, 1, 7, 28}) {
        const auto from = images.begin() + image * net.image();
        const auto expected = together.begin() + image * size;
        EXPECT_EQ(run(net, arithmetic, kernels, {from, from + net.image()}),
                  std::vector<float>(expected, expected + size))
            << kernels.name << ", image " << image;
      }
    }
  }
}

TEST(Engine, StepsOfAnInputAreTakenChannelByChannel) {
  using Kind = ChannelStep::Kind;
  for (const std::int64_t channels : {1, 3, 5}) {
    const Net net{{convolution(0, 1, channels, 16, 3)}, channels, {3, 35}};
    const std::vector<ChannelStep> steps{{Kind::kAdd, normals(channels, 1)},
                                         {Kind::kSubtract, normals(channels, 2)},
                                         {Kind::kMultiply, normals(channels, 3)},
                                         {Kind::kDivide, normals(channels, 4)}};
    const std::vector<float> images = normals(2 * net.image(), 5);
    std::vector<float> stepped = images;
    for (std::size_t i = 0; i < stepped.size(); ++i) {
      const auto c = i % static_cast<std::size_t>(channels);
      stepped[i] += steps[0].numbers[c];
      stepped[i] -= steps[1].numbers[c];
      stepped[i] *= steps[2].numbers[c];
      stepped[i] /= steps[3].numbers[c];
    }
    for (const Arithmetic arithmetic : kAll) {
      for (const Kernels& kernels : kernels_of(arithmetic)) {
        EXPECT_EQ(run(net, arithmetic, kernels, images, nullptr, steps),
                  run(net, arithmetic, kernels, stepped))
            << channels << " channels on " << kernels.name;
      }
    }
  }
}

TEST(Engine, AStepOfOtherChannelsIsRefused) {
  const std::vector<ChannelStep> steps{{ChannelStep::Kind::kAdd, {1, 2}}};
  EXPECT_THROW(InputWriter({3, steps}), DataError);
  EXPECT_THROW(InputWriter({0, {}}), DataError);
}

TEST(Engine, WhatIsNotANumberStaysForTheVoteToRefuse) {
  const Net convolutions{
      {with(convolution(0, 1, 16, 16, 3), true), convolution(1, 2, 16, 16, 1)}, 16, {8, 8}};
  const Net pooled{
      {convolution(0, 1, 16, 16, 1), pooling(1, 2, 16, {{3, 3}, {2, 2}, {1, 1}})}, 16, {8, 8}};
  std::vector<float> image(static_cast<std::size_t>(pooled.image()), 1);
  for (const Net& net : {convolutions, pooled}) {
    for (const float sign : {1.F, -1.F}) {
      image[0] = sign * std::numeric_limits<float>::quiet_NaN();
      for (const Arithmetic a : kAll) {
        for (const Kernels& kernels : kernels_of(a)) {
          EXPECT_TRUE(std::isnan(run(net, a, kernels, image)[0])) << kernels.name;
        }
      }
    }
  }
}

TEST(Engine, EightBitsHaveNoAnswerForAnImageThatIsNotFinite) {
  const Net net{{convolution(0, 1, 16, 16, 3)}, 16, {5, 6}};
  const std::vector<float> finite = normals(3 * net.image(), 9);
  const auto image = static_cast<std::size_t>(net.image());
  Head head;
  head.x = 1;
  head.in = 16;
  head.out = 4;
  head.weights = normals(64, 3);
  head.bias.assign(4, 0);
  for (const Kernels& kernels : kernels_of(Arithmetic::kInt8)) {
    const EngineProgram program(net.layers, {{16}}, {1}, Arithmetic::kInt8, kernels,
                                {{-3, 3}, {-3, 3}}, {head});
    const auto found = [&](const std::vector<float>& images) {
      const Images given{images.data(), net.size};
      std::vector<float> values(3 * image), logits(12);
      float* const out[] = {values.data(), logits.data()};
      program.run(3, {&given, 1}, program.sizes({&given, 1}), out);
      values.insert(values.end(), logits.begin(), logits.end());
      return values;
    };
    const std::vector<float> expected = found(finite);
    for (const float wrong : {NAN, INFINITY, -INFINITY}) {
      std::vector<float> images = finite;
      images[2 * image - 1] = wrong;  // the last of the second
      const std::vector<float> values = found(images);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t of = i < 3 * image ? i / image : (i - 3 * image) / 4;
        EXPECT_TRUE(of == 1 ? std::isnan(values[i]) : values[i] == expected[i]) << i;
      }
    }
  }
}

TEST(Engine, SizesThatDoNotFitAreSaid) {
  const EngineProgram program({convolution(0, 1, 16, 16, 5, 1, 0)}, {{16}}, {1}, Arithmetic::kInt8,
                              kernels_of(Arithmetic::kInt8).back(), {{-1, 1}, {-1, 1}});
  const Images small{nullptr, {4, 9}};
  EXPECT_EQ(program.sizes({&small, 1})[1].height, 0);
}

/// weights · mean + bias of the last value, by the definition.
std::vector<double> exact_logits(const Head& head, const std::vector<double>& values,
                                 std::int64_t pixels) {
  std::vector<double> logits(head.bias.begin(), head.bias.end());
  for (std::size_t k = 0; k < logits.size(); ++k) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto c = i % static_cast<std::size_t>(head.in);
      logits[k] += head.weights[k * static_cast<std::size_t>(head.in) + c] * values[i] /
                   static_cast<double>(pixels);
    }
  }
  return logits;
}

TEST(Engine, TheEndOfAClassifierIsTheMeanAndTheMatrixOnEveryInstructionSet) {
  Net net = residual_net();
  net.layers.resize(6);  // the sum of 48 channels, 7×9
  for (const std::int64_t classes : {10, 37}) {
    const Head head{.x = 6,
                    .in = 48,
                    .out = classes,
                    .weights = normals(classes * 48, 3, 1),
                    .bias = normals(classes, 4)};
    constexpr std::int64_t kImages = 5;
    const std::vector<float> images = normals(kImages * net.image(), 8);
    const std::vector<float> first(images.begin(), images.begin() + net.image());
    const std::vector<double> expected = exact_logits(head, exact(net, first).back(), 7 * 9);
    for (const Arithmetic arithmetic : kAll) {
      std::vector<float> on_first_set;
      for (const Kernels& kernels : kernels_of(arithmetic)) {
        std::vector<Range> ranges;
        if (arithmetic == Arithmetic::kInt8) ranges = ranges_of(exact(net, first));
        const EngineProgram program(net.layers, {{3}}, {}, arithmetic, kernels, ranges, {head});
        const Images given{images.data(), net.size}, alone{first.data(), net.size};
        const auto sizes = program.sizes({&given, 1});
        std::vector<float> logits(static_cast<std::size_t>(kImages * classes)),
            of_one(static_cast<std::size_t>(classes));
        float* to = logits.data();
        program.run(kImages, {&given, 1}, sizes, {&to, 1});
        to = of_one.data();
        program.run(1, {&alone, 1}, sizes, {&to, 1});
        EXPECT_EQ(std::vector<float>(logits.begin(), logits.begin() + classes), of_one)
            << kernels.name;
        for (std::size_t k = 0; k < expected.size(); ++k) {
          EXPECT_NEAR(of_one[k], expected[k], 2 * tolerance(arithmetic)) << kernels.name;
        }
        if (on_first_set.empty()) on_first_set = logits;
        EXPECT_EQ(logits, on_first_set) << kernels.name;
      }
    }
  }
}

TEST(Engine, AHeadHasTheSameBitsWithoutKernels) {
  const Head head{.in = 300, .out = 21, .weights = normals(300 * 21, 1), .bias = normals(21, 2)};
  const std::vector<float> means = normals(14 * 300, 3);
  std::vector<float> fast(14 * 21), plain(14 * 21);
  ClassifierHead(head).run(14, means.data(), fast.data());
  ClassifierHead(head, nullptr).run(14, means.data(), plain.data());
  EXPECT_EQ(fast, plain);
}

TEST(Engine, AHeadOfAnotherSizeIsRefused) {
  EXPECT_THROW(ClassifierHead({.in = 4, .out = 2, .weights = normals(8, 1), .bias = {1}}),
               DataError);
  EXPECT_THROW(ClassifierHead({.in = 4, .out = 2, .weights = normals(7, 1), .bias = {1, 2}}),
               DataError);
}

TEST(Engine, AHeadSeesItsWindowAndNoSecondOne) {
  Head head;
  EXPECT_EQ(head.pixels({7, 9}), (Size{7, 9}));
  head.window = {{4, 4}, {4, 4}, {0, 0}};
  EXPECT_EQ(head.pixels({4, 7}), (Size{4, 4}));
  EXPECT_EQ(head.pixels({4, 8}).height, 0);
  EXPECT_EQ(head.pixels({3, 4}).height, 0);
}

TEST(Engine, ManyLargeImagesGoThroughInParts) {
  const Net net{{convolution(0, 1, 3, 16, 3), convolution(1, 2, 16, 16, 3)}, 3, {700, 700}};
  constexpr std::int64_t kImages = 5;  // of 39 MB in single precision
  const std::vector<float> images = normals(kImages * net.image(), 6);
  const std::vector<float> last(images.end() - net.image(), images.end());
  for (const Kernels& kernels : kernels_of(Arithmetic::kFp32)) {
    const std::vector<float> together = run(net, Arithmetic::kFp32, kernels, images);
    const std::vector<float> alone = run(net, Arithmetic::kFp32, kernels, last);
    EXPECT_TRUE(std::equal(alone.rbegin(), alone.rend(), together.rbegin())) << kernels.name;
  }
}

TEST(Bf16, IsTheNearestAndOfTwoTheEvenOne) {
  EXPECT_EQ(to_bf16(1.F), 0x3f80);
  EXPECT_EQ(to_bf16(1.F + 0x1p-8F), 0x3f80);  // half a step: even
  EXPECT_EQ(to_bf16(1.F + 0x3p-8F), 0x3f82);
  EXPECT_EQ(to_bf16(1.F + 0x1.1p-8F), 0x3f81);
  EXPECT_EQ(to_bf16(-std::numeric_limits<float>::infinity()), 0xff80);
  EXPECT_TRUE(std::isnan(from_bf16(to_bf16(std::numeric_limits<float>::quiet_NaN()))));
  EXPECT_EQ(from_bf16(0x4049), 3.140625F);
}

TEST(Bf16, InstructionSetsTakeTheSameNumbersForZero) {
  // VDPBF16PS knows no subnormal numbers: where products of one sign are some, their sum stays 0.
  for (const std::int64_t kernel : {1, 3}) {
    for (const float product : {1e-36F, 1e-37F, 1e-38F, 1e-39F, 1e-40F}) {
      Net net{{convolution(0, 1, 64, 32, kernel)}, 64, {9, 8}};
      const float factor = std::sqrt(product);
      std::vector<float> images = normals(2 * net.image(), 5);
      for (float& pixel : images) pixel = std::abs(pixel) * factor;
      for (float& weight : net.layers[0].weights) weight = std::abs(weight) * factor;
      net.layers[0].bias.assign(32, 0);
      const std::vector<Kernels>& all = kernels_of(Arithmetic::kBf16);
      for (const Kernels& kernels : all) {
        EXPECT_EQ(run(net, Arithmetic::kBf16, kernels, images),
                  run(net, Arithmetic::kBf16, all.front(), images))
            << kernels.name << ", products of " << product;
      }
    }
  }
}

TEST(Quantization, StepsCoverTheRangeAndZeroIsExact) {
  const ValueScale scale = scale_of({-1, 4});
  EXPECT_EQ(scale.number(scale.quantized(0)), 0);
  EXPECT_EQ(scale.quantized(-9), 0);
  EXPECT_EQ(scale.quantized(9), 255);
  EXPECT_NEAR(scale.number(scale.quantized(1.234F)), 1.234, 5.0 / 255 / 2 + 1e-6);
  EXPECT_EQ(scale_of({0, 0}).quantized(0), 0);
}

TEST(Quantization, TheNearestStepIsTakenAndOfTwoTheEvenOne) {
  const ValueScale scale = scale_of({-1, 3});
  for (int i = -2000; i <= 4000; ++i) {
    const float value = static_cast<float>(i) * 0.5F * scale.scale;
    const float expected = std::nearbyint(value / scale.scale) + static_cast<float>(scale.zero);
    EXPECT_EQ(scale.quantized(value), std::clamp(expected, 0.F, 255.F)) << i;
  }
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(scale.quantized(kInfinity), 255);
  EXPECT_EQ(scale.quantized(3e38F), 255);
  EXPECT_EQ(scale.quantized(-kInfinity), 0);
  EXPECT_EQ(scale.quantized(std::nanf("")), 0);
}

TEST(Quantization, RangesAsTextAreTheSameOrALittleWider) {
  const std::vector<std::vector<Range>> ranges{{{-1.001F, 3.F}, {0, 0.7001F}}, {{-2e-30F, 5e20F}}};
  const auto found = parse_ranges(to_text(ranges));
  ASSERT_EQ(found.size(), 2U);
  ASSERT_EQ(found[0].size(), 2U);
  EXPECT_EQ(to_text(found), to_text(ranges));
  for (std::size_t p = 0; p < 2; ++p) {
    for (std::size_t v = 0; v < found[p].size(); ++v) {
      EXPECT_LE(found[p][v].least, ranges[p][v].least);
      EXPECT_GE(found[p][v].least, ranges[p][v].least * 1.008F);
      EXPECT_GE(found[p][v].most, ranges[p][v].most);
      EXPECT_LE(found[p][v].most, ranges[p][v].most * 1.008F);
    }
  }
}

TEST(Quantization, TextThatIsNoRangesIsRefused) {
  for (const char* text : {"0", "bf803f8", "bf803f80/", "bf803f80bf", "3f80bf80", "zz803f80",
                           "bf807f80", "7fc03f80", "bf803f80//bf803f80"}) {
    EXPECT_THROW(parse_ranges(text), DataError) << text;
  }
}

TEST(Quantization, AChannelWithoutWeightKeepsItsBias) {
  Layer layer = convolution(0, 1, 16, 16, 3);
  std::fill_n(layer.weights.begin(), 16 * 9, 1e-9F);
  layer.bias[0] = 0.5F;
  const QuantizedLayer q = quantized(layer, {{0.01F, 100}, {0.01F, 50}}, 16);
  const std::int64_t scaled = (std::int64_t{q.bias[0]} * q.scale[0] >> 32) >> q.shift;
  EXPECT_NEAR(static_cast<double>(scaled) * 0.01, 0.5, 0.011);
}

TEST(Engine, RangesOfAnotherNumberOfValuesAreRefused) {
  const Kernels& kernels = kernels_of(Arithmetic::kInt8).back();
  for (const std::size_t count : {0U, 1U, 3U}) {
    EXPECT_THROW(EngineProgram({convolution(0, 1, 16, 16, 1)}, {{16}}, {1}, Arithmetic::kInt8,
                               kernels, std::vector<Range>(count, Range{-1, 1})),
                 DataError);
  }
}

TEST(Engine, ANeighbourThatIsNoNumberSpoilsNothing) {
  const Net net{{convolution(0, 1, 16, 16, 1)}, 16, {3, 5}};
  std::vector<float> images = normals(2 * net.image(), 9);
  const std::vector<float> first(images.begin(), images.begin() + net.image());
  std::fill(images.begin() + net.image(), images.end(), std::numeric_limits<float>::quiet_NaN());
  for (const Arithmetic arithmetic : kAll) {
    for (const Kernels& kernels : kernels_of(arithmetic)) {
      const std::vector<float> found = run(net, arithmetic, kernels, images);
      EXPECT_EQ(std::vector<float>(found.begin(), found.begin() + net.image()),
                run(net, arithmetic, kernels, first))
          << kernels.name;
    }
  }
}

TEST(Quantization, AWeightThatIsNotFiniteIsRefused) {
  for (const float wrong : {NAN, INFINITY}) {
    Layer layer = convolution(0, 1, 16, 16, 1);
    layer.weights[17] = wrong;
    EXPECT_THROW(quantized(layer, {{0.01F, 0}, {0.01F, 0}}, 16), DataError);
    layer = convolution(0, 1, 16, 16, 1);
    layer.bias[3] = wrong;
    EXPECT_THROW(quantized(layer, {{0.01F, 0}, {0.01F, 0}}, 16), DataError);
  }
}

TEST(Quantization, AChannelThatIsAlwaysZeroIsKept) {
  for (const std::int64_t dead : {1, 16}) {
    Net net{{convolution(0, 1, 16, 16, 3)}, 16, {5, 6}};
    std::fill_n(net.layers[0].weights.begin(), dead * 16 * 9, 0.F);
    std::fill_n(net.layers[0].bias.begin(), dead, 0.F);
    for (const Kernels& kernels : kernels_of(Arithmetic::kInt8)) {
      const auto found = run(net, Arithmetic::kInt8, kernels, normals(net.image(), 7));
      for (std::size_t i = 0; i < found.size(); i += 16) EXPECT_EQ(found[i], 0) << kernels.name;
    }
  }
}

TEST(Quantization, AResidualOfFarLargerStepsIsRefused) {
  Layer layer = convolution(0, 1, 16, 16, 1);
  layer.residual = 0;
  for (float& weight : layer.weights) weight *= 1e-9F;
  layer.bias.assign(16, 0);
  EXPECT_NO_THROW(quantized(layer, {{1, 0}, {1e-6F, 0}}, 16));
  EXPECT_THROW(quantized(layer, {{1, 0}, {1e-7F, 0}}, 16), DataError);
}

TEST(Quantization, ALayerThatBlowsUpItsInputIsRefused) {
  Layer layer = convolution(0, 1, 16, 16, 1);
  for (float& weight : layer.weights) weight *= 1e7F;
  EXPECT_THROW(quantized(layer, {{1, 0}, {1, 0}}, 16), DataError);
}

}  // namespace
}  // namespace certify

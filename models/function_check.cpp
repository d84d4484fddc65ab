#include "models/function_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr int kRepetitions = 4;

/// Parts of a value that may be lost to rounding.
struct Rounding {
  double of_logit;   ///< of the logit's own size: its last digits
  double of_spread;  ///< of what the layers before it have summed up, as the logits' spread shows
};

/// In units of the last place of the operands. Sums are in single precision at every precision; so
/// rounding grows with the number of summands at fp32, and hardly from layer to layer at the
/// others. docs/networks.md has how far honest networks stay below.
Rounding rounding_of(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
    case Precision::kInt8:  // its sums are exact; what is around them is in single precision
      return {32 * 0x1p-24, 2048 * 0x1p-24};
    case Precision::kTf32:
    case Precision::kFp16:
      return {4 * 0x1p-11, 16 * 0x1p-11};
    case Precision::kBf16:
    case Precision::kBf16Avx512:
    case Precision::kBf16Amx:
    case Precision::kOwn:
      return {4 * 0x1p-8, 16 * 0x1p-8};
  }
  return {0, 0};
}

/// Other sums of the same numbers: BatchNorm folded into weights, Winograd's convolutions.
constexpr double kSlackOfOtherSums = 16;

/// Fixed and without structure; no randomness is needed. In [low, high).
std::vector<float> noise_image(std::int64_t size, std::uint32_t state, float low, float high) {
  std::vector<float> image(static_cast<std::size_t>(size));
  for (float& value : image) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    value = low + (high - low) * static_cast<float>(state >> 8) * 0x1p-24f;
  }
  return image;
}

/// Equal infinities do not differ, and neither do two NaN; a number differs from both without
/// bound.
double distance(float a, float b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double d = std::abs(static_cast<double>(a) - static_cast<double>(b));
  return std::isfinite(d) ? d : std::numeric_limits<double>::infinity();
}

/// The size of a finite logit; that of others excuses no difference.
double size_of(float logit) { return std::isfinite(logit) ? std::abs(logit) : 0; }

/// The two largest finite logits of an image; 0 where there are none.
std::pair<double, double> largest_two(std::span<const float> logits) {
  std::vector<double> finite;
  for (const float v : logits) {
    if (std::isfinite(v)) finite.push_back(v);
  }
  finite.resize(std::max<std::size_t>(finite.size(), 2), finite.empty() ? 0 : finite[0]);
  std::ranges::partial_sort(finite, finite.begin() + 2, std::greater<>());
  return {finite[0], finite[1]};
}

/// For each image, how far apart its two largest logits are, or how far the largest moves from it
/// to the others: to the middle one of them, since one image may be out of all measure. These
/// decide votes and scores; a class far below them decides nothing.
std::vector<double> spreads_of(const std::vector<float>& logits, std::size_t classes) {
  std::vector<std::pair<double, double>> largest;
  for (std::size_t i = 0; i < logits.size(); i += classes) {
    largest.push_back(largest_two(std::span(logits).subspan(i, classes)));
  }
  std::vector<double> spreads;
  for (const auto& [first, second] : largest) {
    std::vector<double> moves;
    for (const auto& other : largest) moves.push_back(std::abs(first - other.first));
    std::ranges::sort(moves);  // the first is its own, 0
    spreads.push_back(std::max(first - second, moves[moves.size() / 2]));
  }
  return spreads;
}

constexpr std::array kStrengths{0.5, 1.0, 1.5};  // of the noise, in parts of a run's
constexpr std::size_t kPlain = 4, kKinds = kPlain * kStrengths.size();

/// White, black, gray and mixed images by turns, with noise that grows from turn to turn.
std::vector<std::vector<float>> noisy_images(std::int64_t size, double sigma, std::int64_t rows) {
  const auto one_value = [&](float value) {
    return std::vector<float>(static_cast<std::size_t>(size), value);
  };
  const std::array<std::vector<float>, kPlain> plain{one_value(1), one_value(0), one_value(0.5F),
                                                     noise_image(size, 2463534242u, 0, 1)};
  std::mt19937 generator(0);
  std::normal_distribution<float> noise;
  std::vector<std::vector<float>> images;
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    images.push_back(plain[row % kPlain]);
    const auto strength = static_cast<float>(sigma * kStrengths[row / kPlain % kStrengths.size()]);
    for (float& value : images.back()) value += strength * noise(generator);
  }
  return images;
}

}  // namespace

FunctionCheck::FunctionCheck(const BaseClassifier& network, Precision precision)
    : network_(network), precision_(precision) {
  const std::int64_t size = network.input_shape().size();
  four_ = asked({noise_image(size, 2463534242u, 0, 1), noise_image(size, 88172645u, 0, 1),
                 std::vector<float>(static_cast<std::size_t>(size), 0.5F),
                 noise_image(size, 521288629u, -1, 2)});
}

FunctionCheck::Batch FunctionCheck::asked(std::vector<std::vector<float>> images) const {
  Batch batch{std::move(images), {}, {}};
  batch.logits = answers(network_, batch, all_of(batch));
  batch.spreads = spreads_of(batch.logits, static_cast<std::size_t>(network_.num_classes()));
  return batch;
}

FunctionCheck::Rows FunctionCheck::all_of(const Batch& batch) {
  Rows rows(batch.images.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

std::vector<float> FunctionCheck::answers(const BaseClassifier& network, const Batch& batch,
                                          const Rows& rows) const {
  std::vector<float> pixels;
  pixels.reserve(rows.size() * batch.images[0].size());
  for (const std::size_t row : rows) {
    pixels.insert(pixels.end(), batch.images[row].begin(), batch.images[row].end());
  }
  std::vector<float> logits(rows.size() * static_cast<std::size_t>(network.num_classes()));
  network.logits(pixels.data(), static_cast<std::int64_t>(rows.size()), logits.data());
  return logits;
}

std::vector<float> FunctionCheck::expected(const Batch& batch, const Rows& rows) const {
  const auto classes = static_cast<std::ptrdiff_t>(network_.num_classes());
  std::vector<float> logits;
  for (const std::size_t row : rows) {
    const auto first = batch.logits.begin() + static_cast<std::ptrdiff_t>(row) * classes;
    logits.insert(logits.end(), first, first + classes);
  }
  return logits;
}

std::optional<std::string> FunctionCheck::difference(const Batch& batch, const Rows& rows,
                                                     const std::vector<float>& a,
                                                     const std::vector<float>& b,
                                                     double slack) const {
  const Rounding rounding = rounding_of(precision_);
  const auto classes = static_cast<std::size_t>(network_.num_classes());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double spread = batch.spreads[rows[i / classes]];
    const double allowed =
        rounding.of_logit * std::max(size_of(a[i]), size_of(b[i])) + rounding.of_spread * spread;
    if (distance(a[i], b[i]) > slack * allowed) {
      return fmt::format("class {} has {} and {}", i % classes, a[i], b[i]);
    }
  }
  return std::nullopt;
}

/// A network that is random now and then may have been so in either batch.
bool FunctionCheck::repeats_itself(const Batch& batch, const Rows& rows, double slack) const {
  const auto first = answers(network_, batch, rows);
  for (int i = 0; i < kRepetitions; ++i) {
    if (difference(batch, rows, first, answers(network_, batch, rows), slack)) return false;
  }
  return true;
}

std::optional<FunctionFault> FunctionCheck::try_rows(const Batch& batch, const Rows& rows,
                                                     double slack) const {
  const auto differs =
      difference(batch, rows, expected(batch, rows), answers(network_, batch, rows), slack);
  if (!differs) return std::nullopt;
  const Rows all = all_of(batch);
  if (rows == all || !repeats_itself(batch, rows, slack) || !repeats_itself(batch, all, slack)) {
    return FunctionFault{FunctionFault::Kind::kRandom,
                         "its logits for the same batch differ from time to time (" + *differs +
                             "): it has noise of its own"};
  }
  return FunctionFault{
      FunctionFault::Kind::kBatchDependent,
      "its logits for an image depend on the other images of the batch (" + *differs + ")"};
}

std::optional<FunctionFault> FunctionCheck::try_alone(const Batch& batch, std::size_t row,
                                                      double slack) const {
  try {
    return try_rows(batch, {row}, slack);
  } catch (const DataError&) {
    return std::nullopt;  // some networks take no batch of one; a run that asks for one tries it
  }
}

std::optional<FunctionFault> FunctionCheck::try_small_batches() const {
  for (const Rows& rows : {all_of(four_), Rows{3, 2, 1, 0}, Rows{0, 0, 0, 0}, Rows{2, 0}}) {
    if (auto fault = try_rows(four_, rows)) return fault;
  }
  for (const std::size_t row : {1, 3}) {
    if (auto fault = try_alone(four_, row)) return fault;
  }
  return std::nullopt;
}

std::optional<FunctionFault> FunctionCheck::try_batch(std::int64_t rows) const {
  Rows mixed(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] = (3 * i + 1) % four_.images.size();
  return try_rows(four_, mixed);
}

std::optional<FunctionFault> FunctionCheck::try_noise(double sigma, std::int64_t rows) const {
  const Batch batch = asked(noisy_images(network_.input_shape().size(), sigma, rows));
  for (std::size_t kind = 0; kind < std::min(kKinds, batch.images.size()); ++kind) {
    Rows alike;
    for (std::size_t row = kind; row < batch.images.size(); row += kKinds) alike.push_back(row);
    if (auto fault = try_rows(batch, alike, kSlackOfOtherSums)) return fault;
    if (auto fault = try_alone(batch, kind, kSlackOfOtherSums)) return fault;
  }
  return std::nullopt;
}

std::optional<std::string> FunctionCheck::difference_to(const BaseClassifier& as_written) const {
  const Rows all = all_of(four_);
  return difference(four_, all, answers(as_written, four_, all), four_.logits, kSlackOfOtherSums);
}

}  // namespace certify

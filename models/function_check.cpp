#include "models/function_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <random>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

std::vector<int> all_images() { return {0, 1, 2, 3}; }
constexpr int kRepetitions = 4;

/// Parts of a value that may be lost to rounding.
struct Rounding {
  double of_logit;   ///< of the logit's own size: its last digits
  double of_spread;  ///< of what the layers before it have summed up, as the logits' spread shows
};

/// In units of the last place of the operands. Sums are in single precision at every precision; so
/// rounding grows with the number of summands at fp32, and hardly from layer to layer at the
/// others.
Rounding rounding_of(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return {32 * 0x1p-24, 2048 * 0x1p-24};
    case Precision::kTf32:
    case Precision::kFp16:
      return {4 * 0x1p-11, 16 * 0x1p-11};
    case Precision::kBf16:
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

/// Logits, a row an image.
std::vector<float> answers(const BaseClassifier& network,
                           std::span<const std::vector<float>> images) {
  std::vector<float> batch;
  for (const auto& pixels : images) batch.insert(batch.end(), pixels.begin(), pixels.end());
  std::vector<float> logits(images.size() * static_cast<std::size_t>(network.num_classes()));
  network.logits(batch.data(), static_cast<std::int64_t>(images.size()), logits.data());
  return logits;
}

FunctionFault random(const std::string& difference) {
  return {FunctionFault::Kind::kRandom, "its logits for the same batch differ from time to time (" +
                                            difference + "): it has noise of its own"};
}

FunctionFault batch_dependent(const std::string& difference) {
  return {FunctionFault::Kind::kBatchDependent,
          "its logits for an image depend on the other images of the batch (" + difference + ")"};
}

}  // namespace

FunctionCheck::FunctionCheck(const BaseClassifier& network, Precision precision)
    : network_(network), precision_(precision) {
  const std::int64_t size = network.input_shape().size();
  images_ = {noise_image(size, 2463534242u, 0, 1), noise_image(size, 88172645u, 0, 1),
             std::vector<float>(static_cast<std::size_t>(size), 0.5F),
             noise_image(size, 521288629u, -1, 2)};
  expected_ = logits_of(network, all_images());
  spreads_ = spreads_of(expected_, static_cast<std::size_t>(network.num_classes()));
}

std::vector<float> FunctionCheck::logits_of(const BaseClassifier& network,
                                            const Images& images) const {
  Pixels rows;
  for (const int image : images) rows.push_back(images_[static_cast<std::size_t>(image)]);
  return answers(network, rows);
}

std::vector<float> FunctionCheck::expected(const Images& images) const {
  const auto classes = static_cast<std::ptrdiff_t>(network_.num_classes());
  std::vector<float> logits;
  for (const int image : images) {
    const auto row = expected_.begin() + image * classes;
    logits.insert(logits.end(), row, row + classes);
  }
  return logits;
}

std::vector<double> FunctionCheck::spreads(const Images& images) const {
  std::vector<double> out;
  for (const int image : images) out.push_back(spreads_[static_cast<std::size_t>(image)]);
  return out;
}

std::optional<std::string> FunctionCheck::difference(const std::vector<double>& spreads,
                                                     const std::vector<float>& a,
                                                     const std::vector<float>& b,
                                                     double slack) const {
  const Rounding rounding = rounding_of(precision_);
  const auto classes = static_cast<std::size_t>(network_.num_classes());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double allowed = rounding.of_logit * std::max(size_of(a[i]), size_of(b[i])) +
                           rounding.of_spread * spreads[i / classes];
    if (distance(a[i], b[i]) > slack * allowed) {
      return fmt::format("class {} has {} and {}", i % classes, a[i], b[i]);
    }
  }
  return std::nullopt;
}

/// A network that is random now and then may have been so in either batch.
bool FunctionCheck::repeats_itself(const Images& images) const {
  const auto first = logits_of(network_, images);
  for (int i = 0; i < kRepetitions; ++i) {
    if (difference(spreads(images), first, logits_of(network_, images))) return false;
  }
  return true;
}

std::optional<FunctionFault> FunctionCheck::try_images(const Images& images) const {
  const auto differs = difference(spreads(images), expected(images), logits_of(network_, images));
  if (!differs) return std::nullopt;
  if (images == all_images() || !repeats_itself(images) || !repeats_itself(all_images())) {
    return random(*differs);
  }
  return batch_dependent(*differs);
}

std::optional<FunctionFault> FunctionCheck::try_small_batches() const {
  for (const Images& images :
       {all_images(), Images{3, 2, 1, 0}, Images{0, 0, 0, 0}, Images{2, 0}}) {
    if (auto fault = try_images(images)) return fault;
  }
  for (const int image : {1, 3}) {
    try {
      if (auto fault = try_images({image})) return fault;
    } catch (const DataError&) {
      // Some networks take no batch of one. A run that asks for one tries it.
    }
  }
  return std::nullopt;
}

std::optional<FunctionFault> FunctionCheck::try_batch(std::int64_t rows) const {
  Images images(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<int>((3 * i + 1) % 4);
  return try_images(images);
}

std::optional<FunctionFault> FunctionCheck::try_noise(double sigma, std::int64_t rows) const {
  constexpr std::array kStrengths{0.5, 1.0, 1.5};  // of the noise
  const std::int64_t size = network_.input_shape().size();
  const Pixels plain{std::vector<float>(static_cast<std::size_t>(size), 1.0F),
                     std::vector<float>(static_cast<std::size_t>(size), 0.0F),
                     std::vector<float>(static_cast<std::size_t>(size), 0.5F), images_[0]};
  const std::size_t kinds = plain.size() * kStrengths.size();
  std::mt19937 generator(0);
  std::normal_distribution<float> noise;
  // Row by row of another kind, and then all of one kind after the other.
  Pixels mixed;
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    mixed.push_back(plain[row % plain.size()]);
    const auto strength =
        static_cast<float>(sigma * kStrengths[row / plain.size() % kStrengths.size()]);
    for (float& value : mixed.back()) value += strength * noise(generator);
  }
  const auto classes = static_cast<std::size_t>(network_.num_classes());
  const auto together = answers(network_, mixed);
  const auto all_spreads = spreads_of(together, classes);
  const auto try_rows = [&](std::size_t first, std::size_t step,
                            std::size_t most) -> std::optional<FunctionFault> {
    Pixels images;
    std::vector<double> their_spreads;
    std::vector<float> before;
    for (std::size_t row = first; row < mixed.size() && images.size() < most; row += step) {
      images.push_back(mixed[row]);
      their_spreads.push_back(all_spreads[row]);
      const auto logits = together.begin() + static_cast<std::ptrdiff_t>(row * classes);
      before.insert(before.end(), logits, logits + static_cast<std::ptrdiff_t>(classes));
    }
    if (images.empty()) return std::nullopt;
    const auto differs =
        difference(their_spreads, before, answers(network_, images), kSlackOfOtherSums);
    if (!differs) return std::nullopt;
    return difference(all_spreads, together, answers(network_, mixed), kSlackOfOtherSums)
               ? random(*differs)
               : batch_dependent(*differs);
  };
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    if (auto fault = try_rows(kind, kinds, mixed.size())) return fault;
    try {
      if (auto fault = try_rows(kind, kinds, 1)) return fault;
    } catch (const DataError&) {  // some networks take no batch of one
    }
  }
  return std::nullopt;
}

std::optional<std::string> FunctionCheck::difference_to(const BaseClassifier& as_written) const {
  return difference(spreads_, logits_of(as_written, all_images()), expected_, kSlackOfOtherSums);
}

}  // namespace certify

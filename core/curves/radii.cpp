#include "core/curves/radii.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/parse.h"
#include "core/curves/certified_accuracy.h"

namespace certify {
namespace {

constexpr std::size_t kDecimals = 6;
constexpr std::int64_t kUnit = 1'000'000;  // 10^kDecimals
constexpr std::size_t kWholeDigits = 9;

[[noreturn]] void refuse(std::string_view text, std::string_view reason) {
  throw InputError(
      "radii '{}': {}; expected first:last:step such as 0:2:0.25, or a list such as 0,0.25,0.5",
      text, reason);
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// A decimal as a whole number of millionths: sums of those are exact.
std::int64_t parse_millionths(std::string_view number, std::string_view text) {
  const std::size_t point = number.find('.');
  const std::string_view whole = number.substr(0, point);
  const std::string_view decimals =
      point == std::string_view::npos ? std::string_view() : number.substr(point + 1);
  if ((whole.empty() && decimals.empty()) || !all_digits(whole) || !all_digits(decimals)) {
    refuse(text, fmt::format("'{}' is not a plain decimal number >= 0", number));
  }
  if (whole.size() > kWholeDigits || decimals.size() > kDecimals) {
    refuse(text, fmt::format("'{}' has more than {} digits before or {} after the point", number,
                             kWholeDigits, kDecimals));
  }
  const std::string padding(kDecimals - decimals.size(), '0');
  return std::stoll(std::string(whole) + std::string(decimals) + padding);
}

/// Nearest double of the decimal: both numbers are exact, and a division rounds correctly.
double to_double(std::int64_t millionths) {
  return static_cast<double>(millionths) / static_cast<double>(kUnit);
}

std::vector<double> grid(std::int64_t first, std::int64_t last, std::int64_t step) {
  std::vector<double> radii;
  for (std::int64_t r = first; r <= last; r += step) radii.push_back(to_double(r));
  return radii;
}

std::vector<double> parse_grid(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() != 3) refuse(text, fmt::format("{} numbers between colons", parts.size()));
  const std::int64_t first = parse_millionths(parts[0], text);
  const std::int64_t last = parse_millionths(parts[1], text);
  const std::int64_t step = parse_millionths(parts[2], text);
  if (step == 0) refuse(text, "the step is 0");
  if (last < first) refuse(text, "the last radius is below the first");
  if ((last - first) / step >= kMaxRadii) refuse(text, fmt::format("over {} radii", kMaxRadii));
  return grid(first, last, step);
}

}  // namespace

std::vector<double> parse_radii(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_grid(text);
  const std::vector<std::string_view> parts = split(text, ',');
  if (parts.size() > kMaxRadii) {
    throw InputError("radii: a list of {}, at most {} can be shown", parts.size(), kMaxRadii);
  }
  std::set<double> radii;
  for (const std::string_view part : parts) radii.insert(to_double(parse_millionths(part, text)));
  return {radii.begin(), radii.end()};
}

std::vector<double> parse_log_areas(std::string_view text) {
  std::set<double> areas;
  for (const std::string_view part : split(text, ',')) {
    const auto area = parse_number<double>(part);
    if (!area || !std::isfinite(*area)) {
      throw InputError("log areas '{}': '{}' is not a number; expected a list such as -7500,-7400",
                       text, part);
    }
    areas.insert(*area);
  }
  if (areas.size() > kMaxRadii) throw InputError("over {} log areas", kMaxRadii);
  return {areas.begin(), areas.end()};
}

namespace {

/// About ten round numbers from the smallest area to the largest.
std::vector<double> default_areas(std::span<const CertifiedAccuracy> curves) {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const CertifiedAccuracy& curve : curves) {
    if (curve.correct() == 0) continue;
    least = std::min(least, curve.smallest_radius());
    most = std::max(most, curve.largest_radius());
  }
  if (!(least <= most)) return {0};
  const double rough = std::max((most - least) / 10, 1e-3);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double step = (rough <= power       ? 1
                       : rough <= 2 * power ? 2
                       : rough <= 5 * power ? 5
                                            : 10) *
                      power;
  std::vector<double> areas;
  for (double i = std::floor(least / step); i * step <= most; ++i) areas.push_back(i * step + 0.0);
  return areas;
}

}  // namespace

std::vector<double> default_radii(std::span<const RadiusLog> logs) {
  const std::vector<CertifiedAccuracy> curves(logs.begin(), logs.end());
  if (!curves.empty() && curves.front().measure() == Measure::kLogArea)
    return default_areas(curves);
  double largest = 0;
  for (const CertifiedAccuracy& curve : curves) largest = std::max(largest, curve.largest_radius());
  // Largest radius that a step still serves, in about twenty rows.
  constexpr struct {
    double reach;
    std::int64_t step;
  } kSteps[] = {{0.01, 1'000},     {0.05, 5'000},      {0.1, 10'000},
                {0.4, 50'000},     {5, 250'000},       {20, 1'000'000},
                {200, 10'000'000}, {2e3, 100'000'000}, {2e4, 1'000'000'000}};
  for (const auto& [reach, step] : kSteps) {
    if (largest <= reach) {
      return grid(0, static_cast<std::int64_t>(largest * static_cast<double>(kUnit)), step);
    }
  }
  return {0, largest / 4, largest / 2, largest * 3 / 4, largest};
}

}  // namespace certify

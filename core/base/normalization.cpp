#include "core/base/normalization.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/errors.h"
#include "core/base/parse.h"

namespace certify {
namespace {

struct Known {
  std::string_view dataset;
  const char* text;
};
constexpr std::array kKnown{
    Known{"cifar10", "0.4914,0.4822,0.4465/0.2023,0.1994,0.2010"},
    Known{"imagenet", "0.485,0.456,0.406/0.229,0.224,0.225"},
    Known{"mnist", "0.1307/0.3081"},
    Known{"fashion-mnist", "0.2860/0.3530"},
};

std::vector<float> parse_numbers(const std::string& text, int channels) {
  std::vector<float> values;
  for (const std::string_view part : split(text, ',')) {
    const std::string item(part);
    std::size_t used = 0;
    try {
      values.push_back(std::stof(item, &used));
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used != item.size() || !std::isfinite(values.back())) {
      throw InputError("--normalize: '{}' is no number", item);
    }
  }
  if (channels == kAnyChannels) return values;
  if (values.size() == 1) values.resize(static_cast<std::size_t>(channels), values.front());
  if (values.size() != static_cast<std::size_t>(channels)) {
    throw InputError("--normalize: {} numbers for {} channels", values.size(), channels);
  }
  return values;
}

}  // namespace

bool has_normalization(std::string_view dataset) {
  return std::any_of(kKnown.begin(), kKnown.end(),
                     [&](const Known& known) { return known.dataset == dataset; });
}

Normalization parse_normalization(const std::string& text, int channels) {
  if (text == "none") return {};
  for (const Known& known : kKnown) {
    if (text == known.dataset) return parse_normalization(known.text, channels);
  }
  const auto slash = text.find('/');
  if (slash == std::string::npos) {
    throw InputError(
        "--normalize {}: expected none, cifar10, imagenet, mnist, fashion-mnist or MEAN/STD", text);
  }
  Normalization out{parse_numbers(text.substr(0, slash), channels),
                    parse_numbers(text.substr(slash + 1), channels)};
  if (!std::all_of(out.stddev.begin(), out.stddev.end(), [](float s) { return s > 0; })) {
    throw InputError("--normalize {}: a standard deviation must be positive", text);
  }
  constexpr float kLarge = 8;  // nobody's, where pixels go to 1
  const auto large = [](float value) { return std::abs(value) > kLarge; };
  if (std::ranges::any_of(out.mean, large) || std::ranges::any_of(out.stddev, large)) {
    throw InputError("--normalize {}: such numbers are for pixels up to 255; divide them by 255",
                     text);
  }
  return out;
}

}  // namespace certify

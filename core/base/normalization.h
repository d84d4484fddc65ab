#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certify {

/// Channel normalisation for models that do not carry their own: (x - mean) / stddev after the
/// noise was added, so σ keeps its units of the [0,1] input.
struct Normalization {
  std::vector<float> mean;  ///< one entry a channel, or empty for none
  std::vector<float> stddev;
};

/// Whether parse_normalization() knows it by this name.
bool has_normalization(std::string_view dataset);

/// As a number of channels: as many as the text has numbers for.
inline constexpr int kAnyChannels = 0;

/// `none`, `cifar10`, `imagenet`, `mnist`, `fashion-mnist`, or "MEAN,…/STD,…" with one number for
/// all channels or one for each.
/// @throws InputError for anything else, and for a standard deviation that is not positive.
Normalization parse_normalization(const std::string& text, int channels);

}  // namespace certify

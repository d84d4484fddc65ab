#pragma once
/// A denoiser in front of a network: denoised smoothing (Salman et al. 2020; Carlini et al. 2023).
/// classifier ∘ denoiser is one more base classifier, for which every certificate holds.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace certify {

/// What messages begin with.
inline constexpr const char* kDenoiserKindFlag = "--denoiser-kind";

/// How a denoiser is asked, once for each noisy image x in [0,1]: it is given
/// z = scale · x + shift, and the image is skip · z + out · answer.
struct DenoiserCall {
  double scale = 1, shift = 0;
  std::optional<std::int64_t> step{};  ///< its second argument, for every row; none: it has none
  double skip = 0, out = 1;
  /// The image is within [-1,1]: it is clipped to that, then brought to [0,1]. The answer may have
  /// twice the channels, of which the second half is a learned variance and is dropped.
  bool diffusion = false;
  bool operator==(const DenoiserCall&) const = default;
};

struct Denoiser {
  std::filesystem::path file;  ///< empty: there is none
  DenoiserCall call{};
  /// Side that images are brought to behind it, bicubic and with antialiasing, as the classifier
  /// takes them; 0: they stay as they are.
  std::int64_t resize = 0;

  bool given() const { return !file.empty(); }
};

/// What a kind is asked with. A new kind is a row of the table in denoiser.cpp, and a file pair.
///
/// @param kind   "direct", "diffusion:SCHEDULE:STEPS", or a JSON object as read_denoiser_kind()
///               gives it
/// @param sigma  of the noise, in units of the [0,1] input
/// @throws InputError naming --denoiser-kind for a text that is none of them, a value out of its
/// range, and a schedule in which no step has noise of this sigma
DenoiserCall denoiser_call(const std::string& kind, double sigma);

/// Whether its call hangs on sigma, so that it goes with one sigma only.
bool needs_sigma(const std::string& kind);

/// @param typed  as denoiser_call() takes it, or a file FILE.json, whose object is given back as
///               text: what is asked must not hang on a file that may change
/// @throws InputError as denoiser_call(), but for sigma; DataError where the file is missing or no
/// JSON object
std::string read_denoiser_kind(const std::string& typed);

}  // namespace certify

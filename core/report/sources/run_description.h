#pragma once
/// A run in words: what reports and pictures say of it.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/samples.h"
#include "core/curves/radius_log.h"
#include "core/runs/manifest.h"

namespace certify {

/// "resnet110, σ = 0.25, cohen"
std::string describe_run(const RunSettings& settings);
/// "σ = 0.25", "map of σ", "uniform noise, λ = 0.5": the level, and the noise where it is not
/// normal.
std::string describe_level(const RunSettings& settings);
/// "dncnn (direct)", "guided (diffusion:linear:1000, step 145, then resized to 224)"
std::string describe_denoiser(const DenoiserSettings& denoiser);
/// "cifar10 test: 500 images, every 20th from 0"
std::string describe_slice(const Manifest& manifest);

/// Name and value of everything that decides a certificate, hashes included, and the time it took.
std::vector<std::pair<std::string, std::string>> describe_settings(const Manifest& manifest);

/// Equal for runs that differ in the method alone.
std::string comparable_key(const RunSettings& settings);

/// "the run is not finished (interrupted): 3 of 500 images are missing", if so.
std::optional<std::string> describe_missing(const Manifest& manifest, std::int64_t images);

/// How many of these images the map of sigma was learned on, if any.
std::optional<std::string> describe_seen(const std::optional<LearnedImages>& learned,
                                         std::span<const RadiusRow> rows);

/// What only the samples tell.
struct SampleSummary {
  std::int64_t images = 0, samples = 0;
  std::int64_t certified = 0, hopeless = 0;  ///< of the images, with --stop-at
  std::int64_t unreadable = 0;               ///< images of which no sample is valid
  std::int64_t unreadable_samples = 0;       ///< theirs

  void count(const ImageSamples& image);
};

/// What stopping early saved, and what it did to the images.
std::string describe_stopping(const RunSettings& settings, const SampleSummary& summary);
inline constexpr const char* kStoppingCaveat =
    "beyond the radii asked for, the curve is lower than it would be with all samples";

/// How often answers are right, for the commonest mistake of all: a normalisation that is missing,
/// or applied twice.
class AnswerCount {
 public:
  static constexpr std::int64_t kEnoughToTell = 20;  ///< images

  explicit AnswerCount(int classes) : classes_(classes) {}
  void add(int predicted, int label);
  std::int64_t images() const { return images_; }
  /// A warning where most images are answered, and about as many rightly as by chance.
  std::optional<std::string> about_chance() const;
  /// Whether a text is such a warning.
  static bool is_about_chance(std::string_view warning);

 private:
  int classes_;
  std::int64_t images_ = 0, answered_ = 0, correct_ = 0;
  std::map<int, std::int64_t> count_of_;  ///< of each class that was answered
};

/// What a reader of the numbers has to know: radii that are not certificates, images that a map
/// of sigma was learned on, answers at chance, samples that count against every certificate.
std::vector<std::string> find_warnings(const Manifest& manifest, std::span<const RadiusRow> rows,
                                       const SampleSummary& summary);

}  // namespace certify

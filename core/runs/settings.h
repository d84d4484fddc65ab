#pragma once
/// What decides a run's certificates, and nothing else: two runs with equal settings have equal
/// samples.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/base/image.h"
#include "core/base/precision.h"
#include "core/base/score_plan.h"
#include "core/base/words.h"
#include "core/denoisers/denoiser.h"
#include "core/methods/method.h"
#include "core/sigma_map/sigma_card.h"

namespace certify {

/// One part of a run that was split by image: positions p of the slice with p % count == index. So
/// a part is representative of the whole, and a merge deals the parts out like cards.
struct Shard {
  int index = 0;
  int count = 1;
  bool operator==(const Shard&) const = default;
};

/// What stands in front of the network.
struct DenoiserSettings {
  std::string name, sha256;  ///< of its file
  std::string kind;          ///< as denoiser_call() takes it
  std::int64_t step = -1;    ///< of a diffusion model, which follows from kind and sigma; else -1
  std::int64_t resize = 0;   ///< see Denoiser
  bool operator==(const DenoiserSettings&) const = default;
};

/// The options that change a certificate (kind A of the design). A resumed run must agree on all of
/// them, merged runs on all but the shard. Speed options (workers, order) are not here.
struct RunSettings {
  std::string dataset, split, dataset_sha256;
  ImageShape shape;
  int classes = 0;
  std::int64_t start = 0, skip = 1, count = -1;  ///< the slice; see Slice in data/dataset.h
  Shard shard;

  std::string model, model_sha256;
  std::string normalize = "none";
  std::string output;  ///< number or name of the logits among what the network returns; or empty
  std::optional<DenoiserSettings> denoiser;

  double sigma = 0;  ///< in units of the [0,1] input, before normalisation; the smallest of a map
  std::string sigma_map;  ///< SigmaMap::sha256; empty: sigma for every element
  /// What the map was learned on, where that is known and some of it is in the slice: the mark of
  /// an accuracy on images that were seen.
  std::optional<LearnedImages> sigma_map_seen;
  std::int64_t n0 = 0, n = 0;
  std::uint64_t seed = 0;
  std::string method;
  Selection select = Selection::kSeparate;
  double alpha = 0;
  double lipschitz = 0;
  ScorePlan scores;
  std::vector<double> stop_at;  ///< radii, rising; empty: every image gets all n samples
  bool gradient = false;        ///< averages of the noise are kept, for certificates of first order
  bool keep_gradient = false;   ///< and the mean of every coordinate
  /// "name:SHA-256" of parts of the image that have a radius of their own.
  std::vector<std::string> masks;

  // What can change the last bits of a logit, and with them a vote.
  std::string device;                      ///< kind only: "cpu" or "cuda"
  Precision precision = Precision::kFp32;  ///< the certificate is for the classifier at this
  /// Of int8: the images that set its scales, as "train:64", or "file" where that brings them.
  std::string calibration;
  std::string int8_ranges;     ///< to_text() of what they were; models/engine/quantization.h
  bool deterministic = false;  ///< only algorithms whose bits never change
  std::int64_t batch = 0;
  /// The mark of a network whose answer for an image depends on the batch around it.
  bool batch_dependent = false;
  std::string noise;  ///< NoiseFamily::stream
  /// LibTorch's version. Another one may change last bits, so a resumed or merged run must use the
  /// same; `--fresh`, or staying on one version, is the way out. Another BLAS under the same
  /// LibTorch may change them too. It is no setting, as a processor is none.
  std::string libtorch;

  /// Keys that came after the program that wrote the run. They stay out of its JSON, as its digest
  /// is of what was written.
  std::vector<std::string> absent_keys;

  /// @param map  that `sigma_map` names, of which the noise keeps the address
  /// @throws DataError where `noise` is a stream that this program does not know
  Noise noise_value(const SigmaMap* map = nullptr) const;
  MethodOptions method_options(const SigmaMap* map = nullptr) const;
  /// "resnet110", or "dncnn + resnet110" where a denoiser comes first.
  std::string classifier_name() const;
  /// The denoiser, whose file is here now. @throws InputError as denoiser_call()
  Denoiser denoiser_in(const std::filesystem::path& file) const;
};

/// What is said wherever numbers of a marked run are shown.
inline constexpr const char* kBatchDependentMark =
    "the network's answer for an image depends on the batch around it, so the radii are not "
    "certificates";

/// As typed after --select, --scores and --score-link. @throws InputError for another word.
inline constexpr EnumWords<3> kSelections{"n0", "same", "label"};
inline constexpr EnumWords<4> kScoreKeepings{"none", "histogram", "trace", "matrix"};
inline constexpr EnumWords<2> kScoreLinks{"softmax", "sparsemax"};
inline std::string to_string(Selection select) { return word_of(kSelections, select); }
inline std::string to_string(ScoreKeeping keep) { return word_of(kScoreKeepings, keep); }
inline std::string to_string(ScoreLink link) { return word_of(kScoreLinks, link); }
inline Selection parse_selection(const std::string& text) {
  return parse_word<Selection>(kSelections, text, "--select");
}
inline ScoreKeeping parse_score_keeping(const std::string& text) {
  return parse_word<ScoreKeeping>(kScoreKeepings, text, "--scores");
}
inline ScoreLink parse_score_link(const std::string& text) {
  return parse_word<ScoreLink>(kScoreLinks, text, "--score-link");
}
/// "i/N" with 0 <= i < N. @throws InputError.
Shard parse_shard(const std::string& text);
std::string to_string(const Shard& shard);

nlohmann::ordered_json to_json(const RunSettings& settings);
/// @throws DataError naming the key that is missing or of the wrong type.
RunSettings settings_from_json(const nlohmann::ordered_json& json);

/// One line for each key that differs: "alpha: 0.001 there, 0.01 now". Empty when equal. The batch,
/// which follows n and n0 unless it was typed, is named only where these agree.
std::vector<std::string> differences(const RunSettings& there, const RunSettings& now);

}  // namespace certify

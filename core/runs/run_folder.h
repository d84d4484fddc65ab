#pragma once
/// A run on disk, open for writing: locked, its settings agreed on, its finished images known.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/runs/manifest.h"
#include "core/runs/run_lock.h"
#include "core/runs/samples/sample_log.h"
#include "core/sigma_map/sigma_map.h"

namespace certify {

/// What the records of a run with these settings look like.
RecordShape record_shape(const RunSettings& settings);

/// A run's samples, read without a lock, to look at them.
/// @throws DataError for a folder that is no run.
Manifest read_run(const std::filesystem::path& folder,
                  const std::function<void(ImageSamples)>& each);

/// The map of sigma that a run was sampled with, as it lies in its folder; nothing where one sigma
/// was for all elements.
/// @throws DataError where it is gone, or is not what the manifest says.
std::optional<SigmaMap> sigma_map_of(const std::filesystem::path& folder,
                                     const RunSettings& settings);

class RunFolder {
 public:
  /// Creates the folder or continues the run in it.
  /// @param wanted   settings and description of the run; its sessions are taken from the folder
  /// @param indices  the images of this run in order; stored records must be the first of them
  /// @param fresh    start over, deleting what an earlier run left; nothing in a folder that holds
  /// no run
  /// @param map      of sigma, where wanted's settings name one: the folder keeps a copy
  /// @param stored   gets the images that the folder holds already, in order
  /// A run that was complete stays as it is, to the byte.
  /// @throws LockedError; DataError listing the settings that differ, for a folder that holds
  /// something else, or a complete run that its digest does not fit; IoError.
  RunFolder(const std::filesystem::path& folder, const Manifest& wanted,
            const std::vector<std::int64_t>& indices, bool fresh, const SigmaMap* map = nullptr,
            const std::function<void(const ImageSamples&)>& stored = {});

  const std::filesystem::path& path() const { return folder_; }
  const Manifest& manifest() const { return manifest_; }
  std::int64_t images_done() const { return done_; }
  bool resumed() const { return resumed_; }
  bool dropped_damaged_line() const { return dropped_damaged_line_; }

  /// Durable when it returns.
  void append(const ImageSamples& samples) { append(std::span(&samples, 1)); }
  void append(std::span<const ImageSamples> samples);
  /// Records how this process ended: "interrupted" or "complete".
  void close(const std::string& state, double seconds);

 private:
  void start_over();
  void keep(const SigmaMap& map);
  SampleLogState load(const std::vector<std::int64_t>& indices,
                      const std::function<void(const ImageSamples&)>& stored);

  std::filesystem::path folder_;
  RunLock lock_;
  Manifest manifest_;
  std::unique_ptr<SampleLogWriter> log_;
  std::int64_t done_ = 0;
  bool resumed_ = false;
  bool finished_ = false;  ///< before this process came: it leaves no trace
  bool dropped_damaged_line_ = false;
};

/// Names of the files in a run; all but the first four can be made again from them.
inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kSamplesFile = "samples.jsonl";
inline constexpr const char* kSigmaMapFile = "sigma_map.npy";
inline constexpr const char* kScoresFolder = "scores";
inline constexpr const char* kGradientsFolder = "gradients";
inline constexpr const char* kCertificatesFile = "certificates.tsv";
inline constexpr const char* kRadiiFile = "radii.tsv";
inline constexpr const char* kPredictionsFile = "predictions.tsv";
inline constexpr const char* kCurveTsvFile = "curve.tsv";
/// Of a run with radii in other norms, and in parts of the image.
inline constexpr const char* kCurveL1File = "curve_l1.tsv";
inline constexpr const char* kCurveLinfFile = "curve_linf.tsv";
inline constexpr const char* kCurvePartsFile = "curve_parts.tsv";
inline constexpr const char* kCurveSvgFile = "curve.svg";
inline constexpr const char* kAccuracyFile = "accuracy.tsv";
inline constexpr const char* kDistributionFile = "distribution.tsv";
inline constexpr const char* kReportFile = "report.html";
inline constexpr const char* kAttackFile = "attack.tsv";
inline constexpr const char* kAttackSettingsFile = "attack.json";
inline constexpr const char* kAttackCurveFile = "attack_curve.tsv";
inline constexpr const char* kAttackSvgFile = "attack.svg";
/// Whether a file is named as report.html, or as a figure or table that is written beside it and
/// not by the run itself (curve.tsv, curve.svg).
bool is_of_a_page(const std::filesystem::path& file);

/// In a folder of `certify recertify --out`, what it was made from.
inline constexpr const char* kRecertifyFile = "recertify.json";
/// There, certificates.tsv and radii.tsv of one method.
std::string recertified_rows_file(std::string_view method);
std::string recertified_radii_file(std::string_view method);

}  // namespace certify

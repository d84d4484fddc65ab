#include "core/runs/run_folder.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/digest.h"
#include "core/sigma_map/sigma_map_file.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

const fs::path& created(const fs::path& folder) {
  create_folder(folder);
  return folder;
}

/// A folder without a manifest may hold only what a start that was killed leaves.
void refuse_foreign_files(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool ours =
        name == "run.lock" || name == "manifest.json.tmp" || name.starts_with(kSigmaMapFile);
    if (!ours) {
      throw DataError("{}: holds '{}' but no {}: not a run of certify", folder.string(), name,
                      kManifestFile);
    }
  }
}

}  // namespace

RecordShape record_shape(const RunSettings& s) {
  return {s.classes,      s.n0,           s.n, s.scores, !s.stop_at.empty(), s.gradient,
          s.shape.size(), s.keep_gradient};
}

Manifest read_run(const fs::path& folder, const std::function<void(ImageSamples)>& each) {
  Manifest manifest = manifest_of(folder);
  read_sample_log(folder / kSamplesFile, record_shape(manifest.settings), each);
  return manifest;
}

std::optional<SigmaMap> sigma_map_of(const fs::path& folder, const RunSettings& settings) {
  if (settings.sigma_map.empty()) return std::nullopt;
  SigmaMap map = read_sigma_map(folder / kSigmaMapFile, settings.shape);
  if (map.sha256 != settings.sigma_map) {
    throw DataError("{}: is not the map that {} was made with: its hash is {}, not {}",
                    (folder / kSigmaMapFile).string(), kSamplesFile, map.sha256,
                    settings.sigma_map);
  }
  return map;
}

RunFolder::RunFolder(const fs::path& folder, const Manifest& wanted,
                     const std::vector<std::int64_t>& indices, bool fresh, const SigmaMap* map,
                     const std::function<void(const ImageSamples&)>& stored_images)
    : folder_(folder), lock_(created(folder)), manifest_(wanted) {
  manifest_.sessions.clear();
  manifest_.digest.clear();
  const bool was_a_run = fs::exists(folder_ / kManifestFile);
  if (fresh) start_over();
  const auto stored = read_manifest(folder_);
  if (stored) {
    const auto differing = differences(stored->settings, wanted.settings);
    if (!differing.empty()) {
      throw DataError(
          "{}: holds a run with other settings; --fresh starts over, --out goes elsewhere\n  {}",
          folder_.string(), fmt::join(differing, "\n  "));
    }
    resumed_ = true;
    manifest_.sessions = stored->sessions;
    manifest_.invalid_samples = 0;
  } else if (!was_a_run) {  // a run started over may share its folder with, say, a job's log
    refuse_foreign_files(folder_);
  }
  if (map) keep(*map);
  const SampleLogState state = load(indices, stored_images);
  dropped_damaged_line_ = state.damaged_last_line;
  finished_ = stored && stored->state == "complete" && !dropped_damaged_line_ &&
              done_ == static_cast<std::int64_t>(indices.size());
  if (finished_) {
    manifest_ = *stored;  // where model and data lie now is no news to it
    check_digest(folder_, manifest_, state.hash.hex());  // or its rows would be made of others
    return;
  }
  manifest_.state = "running";
  manifest_.sessions.push_back(wanted.sessions.at(0));
  write_manifest(folder_, manifest_);  // before the log exists: a log without a manifest is no run
  log_ = std::make_unique<SampleLogWriter>(folder_ / kSamplesFile, state);
}

/// Before the manifest that names it: a run has its map. One that was lost or damaged comes back.
void RunFolder::keep(const SigmaMap& map) {
  const fs::path file = folder_ / kSigmaMapFile;
  if (!fs::exists(file) || sha256_of_file(file) != map.sha256) write_sigma_map(file, map);
}

/// The manifest goes last: killed in between, the folder is still a run, only without samples.
void RunFolder::start_over() {
  if (!read_manifest(folder_)) return;  // throws for a manifest.json that is somebody else's
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    if (is_of_a_page(entry.path())) files.push_back(entry.path());
  }
  for (const char* name :
       {kSamplesFile, kSigmaMapFile, kScoresFolder, kGradientsFolder, kCertificatesFile, kRadiiFile,
        kPredictionsFile, kCurveTsvFile, kCurveSvgFile, kAttackFile, kAttackSettingsFile,
        kAttackCurveFile, kAttackSvgFile, kManifestFile}) {
    files.push_back(folder_ / name);
  }
  for (const fs::path& file : files) {
    std::error_code error;
    fs::remove_all(file, error);
    if (error) throw IoError("{}: cannot remove it", file.string());
  }
}

SampleLogState RunFolder::load(const std::vector<std::int64_t>& indices,
                               const std::function<void(const ImageSamples&)>& stored) {
  const auto file = folder_ / kSamplesFile;
  const auto each = [&](const ImageSamples& samples) {
    const auto position = static_cast<std::size_t>(done_);
    if (position >= indices.size() || indices[position] != samples.index) {
      throw DataError("{}:{}: image {} does not belong here", file.string(), done_ + 1,
                      samples.index);
    }
    manifest_.invalid_samples += samples.selection.invalid + samples.estimation.invalid;
    ++done_;
    if (stored) stored(samples);
  };
  return read_sample_log(file, record_shape(manifest_.settings), each);
}

void RunFolder::append(std::span<const ImageSamples> samples) {
  log_->append(samples);
  for (const ImageSamples& one : samples) {
    ++done_;
    ++manifest_.sessions.back().images;
    manifest_.invalid_samples += one.selection.invalid + one.estimation.invalid;
  }
}

void RunFolder::close(const std::string& state, double seconds) {
  if (finished_) return;
  manifest_.state = state;
  if (state == "complete") manifest_.digest = run_digest(manifest_, log_->state().hash.hex());
  manifest_.sessions.back().finished = utc_now();
  manifest_.sessions.back().seconds = seconds;
  write_manifest(folder_, manifest_);
}

bool is_of_a_page(const fs::path& file) {
  constexpr std::array<std::string_view, 8> kOutputs{"accuracy", "gain",       "distribution",
                                                     "curve_l1", "curve_linf", "curve_parts",
                                                     "areas",    "blanket"};
  constexpr std::array<std::string_view, 5> kEndings{".tsv", ".svg", ".md", ".tex", ".csv"};
  return file.filename() == kReportFile ||
         (std::ranges::find(kOutputs, file.stem().string()) != kOutputs.end() &&
          std::ranges::find(kEndings, file.extension().string()) != kEndings.end());
}

std::string recertified_rows_file(std::string_view method) {
  return fmt::format("certificates-{}.tsv", method);
}

std::string recertified_radii_file(std::string_view method) {
  return fmt::format("radii-{}.tsv", method);
}

}  // namespace certify

#include "core/sweeps/sweep_folder.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/base/files.h"
#include "core/configs/option_table.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

fs::path record_of(const fs::path& sweep, const SweepJob& job) {
  return sweep / "jobs" / (job.id + ".json");
}

/// A hash of the samples that certificates were made from; empty while there are none.
std::string hash_of_source(const fs::path& sweep, const SweepJob& job) {
  const fs::path samples = sweep / job.source / kSamplesFile;
  if (job.source.empty() || !fs::exists(samples)) return "";
  return sha256_of_file(samples);
}

/// Whether a file below the folder, or a link in it, was written after the time.
bool changed_since(const fs::path& folder, fs::file_time_type time) {
  std::error_code gone;  // a sweep outlives its data: what is not there cannot be sampled anew
  for (const auto& entry : fs::directory_iterator(folder, gone)) {
    if (entry.last_write_time(gone) > time) return true;
  }
  return false;
}

/// Of the options that name files of data.
bool any_file_changed_since(const Json& data_options, fs::file_time_type time) {
  std::error_code gone;
  for (const auto& [name, value] : data_options.items()) {
    const OptionSpec* option = find_option(name);
    if (option == nullptr || option->type != OptionType::kPath) continue;
    const auto written = fs::last_write_time(value.get<std::string>(), gone);
    if (!gone && written > time) return true;
  }
  return false;
}

/// Looked at once for each state of the file: many samplings share a model.
std::string hash_of_network(const fs::path& model) {
  using State = std::tuple<std::string, std::uintmax_t, fs::file_time_type>;
  static std::map<State, std::string> hashes;
  std::string& hash = hashes[{model.string(), fs::file_size(model), fs::last_write_time(model)}];
  if (hash.empty()) hash = sha256_of_file(model);
  return hash;
}

/// Samples of the model and the data that lie where they were sampled from. Where either may have
/// been replaced, the job starts again: its run compares hashes, and is left alone or refused.
bool is_whole_run(const fs::path& folder, const fs::path& record) {
  const auto manifest = read_manifest(folder);
  if (!manifest || manifest->state != "complete" || !fs::exists(folder / kSamplesFile)) {
    return false;
  }
  const auto replaced = [](const fs::path& file, const std::string& sha256) {
    return fs::exists(file) && hash_of_network(file) != sha256;
  };
  const RunSettings& s = manifest->settings;
  if (replaced(manifest->model_file, s.model_sha256)) return false;
  if (s.denoiser && replaced(manifest->denoiser_file, s.denoiser->sha256)) return false;
  const auto sampled = fs::last_write_time(record);
  return !any_file_changed_since(manifest->data_options, sampled) &&
         (manifest->data_dir.empty() || !changed_since(manifest->data_dir, sampled));
}

}  // namespace

Json frozen(const Experiment& experiment, const std::vector<ExperimentRun>& runs) {
  Json out{{"title", experiment.title},
           {"description", experiment.description},
           {"name", "{name}"},
           {"shards", experiment.shards}};
  Json list = Json::array();
  for (const ExperimentRun& run : runs) {
    Json one{{"name", run.name}};
    for (const OptionSpec& option : option_table()) {
      if (!run.options.given(option.name)) continue;
      // What decides no number is one value for all runs; a run that names it would be refused.
      (option.role == OptionRole::kPlace ? out : one)[std::string(option.name)] =
          run.options.value(option.name);
    }
    list.push_back(std::move(one));
  }
  out["runs"] = std::move(list);
  out["outputs"] = Json::object();
  if (!experiment.slurm.json.empty()) out["slurm"] = experiment.slurm.json;
  for (const OutputSpec& output : experiment.outputs) out["outputs"][output.name] = output.json;
  return out;
}

std::string to_string(JobState state) {
  constexpr const char* kNames[] = {"waiting", "interrupted", "failed", "done"};
  return kNames[static_cast<int>(state)];
}

JobProgress progress_of(const fs::path& sweep, const SweepJob& job) {
  JobProgress progress;
  if (job.stage == JobStage::kSample) {
    if (const auto manifest = read_manifest(sweep / job.out)) {
      progress.of = manifest->images;
      progress.state = JobState::kInterrupted;
      if (fs::exists(sweep / job.out / kSamplesFile)) {
        const std::string log = read_file(sweep / job.out / kSamplesFile);
        progress.images = std::count(log.begin(), log.end(), '\n');
      }
    }
  }
  if (!fs::exists(record_of(sweep, job))) return progress;
  const Json record = Json::parse(read_file(record_of(sweep, job)), nullptr, false);
  if (!record.is_object() || record.value("arguments", Json()) != Json(job.arguments)) {
    return progress;  // another command's end says nothing of this one's
  }
  progress.exit_code = record.value("exit_code", 70);
  if (progress.exit_code == 75) {
    progress.state = JobState::kInterrupted;
  } else if (progress.exit_code != 0) {
    progress.state = JobState::kFailed;
  } else if (job.stage == JobStage::kCertify
                 ? fs::exists(sweep / job.result) &&
                       record.value("source_sha256", "") == hash_of_source(sweep, job)
                 : is_whole_run(sweep / job.out, record_of(sweep, job))) {
    progress.state = JobState::kDone;
  }
  return progress;
}

void record_end(const fs::path& sweep, const SweepJob& job, int exit_code) {
  Json record{{"arguments", job.arguments}, {"exit_code", exit_code}};
  if (job.stage == JobStage::kCertify) record["source_sha256"] = hash_of_source(sweep, job);
  replace_file(record_of(sweep, job), record.dump(1) + "\n");
}

fs::path log_of(const fs::path& sweep, const SweepJob& job) {
  return sweep / "logs" / (job.id + ".log");
}

}  // namespace certify

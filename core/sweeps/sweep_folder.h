#pragma once
/// A sweep on disk: its frozen experiment, its jobs, and how far each is. Grammar: docs/files.md.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/sweeps/jobs.h"

namespace certify {

inline constexpr const char* kSweepFile = "sweep.json";
inline constexpr const char* kJobsFile = "jobs.tsv";

/// The experiment with every list spelled out: itself an experiment file, which gives the same
/// jobs.
Json frozen(const Experiment& experiment, const std::vector<ExperimentRun>& runs);

enum class JobState { kWaiting, kInterrupted, kFailed, kDone };
std::string to_string(JobState state);

struct JobProgress {
  JobState state = JobState::kWaiting;
  int exit_code = 0;                 ///< of kFailed
  std::int64_t images = 0, of = -1;  ///< of sampling; -1: not known yet
};

/// From what lies in the folder alone.
JobProgress progress_of(const std::filesystem::path& sweep, const SweepJob& job);

/// Remembers how a job's process ended. @throws IoError.
void record_end(const std::filesystem::path& sweep, const SweepJob& job, int exit_code);

std::filesystem::path log_of(const std::filesystem::path& sweep, const SweepJob& job);

}  // namespace certify

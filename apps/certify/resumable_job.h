#pragma once
/// What `certify train`, `certify learn-sigma` and `certify attack` share: each works in a folder
/// of its own, and goes on from what it stored there when the same command is given again.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "apps/certify/logging.h"

namespace CLI {
class App;
}

namespace certify {

/// Where a job runs and what it says; nothing here decides what is learned but the kind of device.
struct JobOptions {
  std::string device = "auto", out;  ///< out empty: a name made from the settings
  bool fresh = false;                ///< start over
  LogOptions log;
};

/// @param out_help  of --out
void add_job_flags(CLI::App& command, JobOptions& job, const std::string& out_help);

/// @throws InputError "--flag VALUE: EXPECTED" unless `right`.
void check_flag(bool right, const char* flag, double value, const char* expected);

/// @param job  what the checkpoint is of: "training"
/// @throws DataError with a line for each of the settings that was another when it was stored.
void require_same_settings(const nlohmann::ordered_json& stored, const nlohmann::ordered_json& now,
                           const std::filesystem::path& checkpoint, const char* job);

/// Steps are told now and then, however fast they are: after some seconds, and then each half
/// minute.
class StepClock {
 public:
  /// To be called after each step. @param done  of `all`, by earlier processes too
  /// @return where it is time for a line, its end: ", about 12 min left".
  std::optional<std::string> due(std::int64_t done, std::int64_t all);

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point started_ = Clock::now(), next_ = started_ + std::chrono::seconds(10);
  std::optional<std::int64_t> done_at_start_;
};

}  // namespace certify

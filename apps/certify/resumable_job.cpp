#include "apps/certify/resumable_job.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/certify/options/option_flags.h"
#include "core/base/errors.h"
#include "core/report/tables/text.h"

namespace certify {

void add_job_flags(CLI::App& command, JobOptions& job, const std::string& out_help) {
  command.add_option("--device", job.device, "Where; cuda:K is the K-th GPU, from 0")
      ->type_name(kOneDevice)
      ->capture_default_str();
  command.add_option("--out", job.out, out_help);
  command.add_flag("--fresh", job.fresh, "Start over");
  command.add_option("--log-format", job.log.format, "text or json")->capture_default_str();
  command.add_flag("--quiet", job.log.quiet, "Warnings and errors only");
}

void check_flag(bool right, const char* flag, double value, const char* expected) {
  if (!right) throw InputError("{} {}: {}", flag, value, expected);
}

void require_same_settings(const nlohmann::ordered_json& stored, const nlohmann::ordered_json& now,
                           const std::filesystem::path& checkpoint, const char* job) {
  std::string differing;
  for (const auto& [key, value] : now.items()) {
    const auto before = stored.value(key, nlohmann::ordered_json());
    if (before == value) continue;
    differing += fmt::format("\n  {}: {}, now {}", key, before.dump(), value.dump());
  }
  if (differing.empty()) return;
  throw DataError("{} is of another {} (--fresh starts over):{}", checkpoint.string(), job,
                  differing);
}

std::optional<std::string> StepClock::due(std::int64_t done, std::int64_t all) {
  constexpr std::chrono::seconds kBetweenLines{30};
  if (!done_at_start_) done_at_start_ = done - 1;
  const auto now = Clock::now();
  if (now < next_) return std::nullopt;
  next_ = now + kBetweenLines;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double left =
      seconds * static_cast<double>(all - done) / static_cast<double>(done - *done_at_start_);
  return fmt::format(", about {} left", human_duration(left));
}

}  // namespace certify

#include "core/slurm/slurm_scripts.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/shell_words.h"

namespace certify {
namespace {

/// Seconds before a task's time is up at which it is told: enough to close the run. What is stored
/// stays, and the image it is at is drawn again.
constexpr int kWarning = 30;

/// '%' starts a pattern of Slurm's in names of files, where it is written twice.
std::string in_file_name(const std::string& path) {
  std::string out;
  for (const char c : path) out += c == '%' ? "%%" : std::string(1, c);
  return out;
}

std::string requests(const SlurmOptions& o, bool sampling) {
  std::string out;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += fmt::format("#SBATCH --{}={}\n", name, value);
  };
  add("partition", o.partition);
  add("account", o.account);
  add("qos", o.qos);
  add("time", o.time);
  if (sampling) add("gres", o.gres);
  add("mem", o.memory);
  if (o.cpus > 0) add("cpus-per-task", fmt::format("{}", o.cpus));
  for (const std::string& line : o.lines) {
    if (line.starts_with("#SBATCH")) out += line + "\n";
  }
  return out;
}

std::string preparation(const SlurmOptions& o, const SlurmPlace& place) {
  // sweep.json holds every value; the environment of whoever submits must not say otherwise.
  std::string out = "for variable in ${!CERTIFY_@}; do unset \"$variable\"; done\n";
  for (const auto& [name, value] : place.environment) {
    out += fmt::format("export {}={}\n", name, shell_word(value));
  }
  for (const std::string& line : o.lines) {
    if (!line.starts_with("#SBATCH")) out += line + "\n";
  }
  return out + fmt::format("cd {} || exit 74\n", shell_word(place.folder.string()));
}

std::string head(const SlurmPlace& place, const char* what, const char* log) {
  return fmt::format(
      "#!/bin/bash\n# {}. Written by certify sweep --launcher slurm.\n"
      "#SBATCH --job-name={}\n#SBATCH --output={}\n#SBATCH --open-mode=append\n",
      what, shell_word("certify-" + place.name),
      shell_word(in_file_name((place.folder / "logs").string()) + "/" + log));
}

/// Slurm warns the shell alone, which hands it on; the program closes its run and exits with 75.
/// Queued again by the array's id and the task: the plain id of a task may be the whole array's.
/// Not after SIGTERM, which is scancel, or a preemption that Slurm follows up itself; and not for
/// ever.
constexpr const char* kRunAndRequeue = R"( &
pid=$!
cancelled=
trap 'kill -TERM $pid 2>/dev/null' USR1
trap 'cancelled=yes; kill -TERM $pid 2>/dev/null' TERM
while kill -0 $pid 2>/dev/null; do wait $pid; done
wait $pid
code=$?
if [ $code = 75 ] && [ -z "$cancelled" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 100 ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 60
fi
exit $code
)";

}  // namespace

std::vector<SlurmScript> sample_scripts(const SlurmOptions& options, const SlurmPlace& place,
                                        std::span<const std::string> jobs, std::size_t most_tasks) {
  std::vector<SlurmScript> scripts;
  for (std::size_t first = 0; first < jobs.size(); first += most_tasks) {
    const auto part = jobs.subspan(first, std::min(most_tasks, jobs.size() - first));
    SlurmScript script{
        fmt::format("slurm/sample-{}.sbatch", scripts.size()), "", {part.begin(), part.end()}};
    script.text =
        head(place, "Each task samples one part of the sweep", "slurm-%A_%a.log") +
        fmt::format("#SBATCH --array=0-{}", part.size() - 1) +
        (options.at_once > 0 ? fmt::format("%{}\n", options.at_once) : "\n") +
        fmt::format("#SBATCH --requeue\n#SBATCH --signal=B:USR1@{}\n", kWarning) +
        requests(options, true) + preparation(options, place) +
        fmt::format("job=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" {}.jobs)\n", script.file) +
        fmt::format("{} sweep job . \"$job\"", shell_word(place.program.string())) + kRunAndRequeue;
    scripts.push_back(std::move(script));
  }
  return scripts;
}

SlurmScript finish_script(const SlurmOptions& options, const SlurmPlace& place,
                          std::span<const std::string> arguments) {
  SlurmScript script{"slurm/finish.sbatch", "", {}};
  script.text =
      head(place, "Merges, certifies and draws what the arrays sampled", "slurm-finish-%j.log") +
      requests(options, false) + preparation(options, place) + "exec " +
      shell_word(place.program.string());
  for (const std::string& argument : arguments) script.text += " " + shell_word(argument);
  script.text += "\n";
  return script;
}

}  // namespace certify

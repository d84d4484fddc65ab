#include "core/slurm/slurm_launcher.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/process.h"
#include "core/base/shell_words.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr const char* kSubmitted = "slurm/submitted.json";
constexpr std::size_t kMostTasksByDefault = 1001;  // Slurm's own default of MaxArraySize

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
  // sweep.json holds every value; the submitting environment must not say otherwise.
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

/// Slurm warns the shell alone, which hands it on; the program closes its run and exits with 75. To
/// Slurm that is a failure unless the site says otherwise, so the task queues itself again here. It
/// does so by the array's id and the task: the plain id of a task may be the whole array's. Not
/// after SIGTERM, which is scancel, or a preemption that Slurm follows up itself; and not for ever.
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

/// Tasks that one array may have.
std::size_t most_tasks() {
  const CommandAnswer answer = run_command({"scontrol", "show", "config"});
  std::istringstream lines(answer.code == 0 ? answer.text : "");
  for (std::string line; std::getline(lines, line);) {
    std::size_t most = 0;
    if (std::sscanf(line.c_str(), "MaxArraySize = %zu", &most) == 1 && most > 1) return most;
  }
  return kMostTasksByDefault;
}

/// Ids of what an earlier call submitted.
Words submitted(const fs::path& sweep) {
  const fs::path file = sweep / kSubmitted;
  if (!fs::exists(file)) return {};
  const auto json = nlohmann::json::parse(read_file(file), nullptr, false);
  if (!json.is_array()) throw DataError("{}: expected a list of job ids", file.string());
  return json.get<Words>();
}

/// How many tasks of these jobs are in which state, as far as the queue still knows them.
/// @throws IoError when the queue does not answer: that is not an empty queue
std::map<std::string, int> states_of(const Words& ids) {
  std::map<std::string, int> states;
  for (const std::string& id : ids) {  // one by one: an id that has left the queue is an error
    const CommandAnswer answer =
        run_command({"squeue", "--noheader", "--array", "--format=%T", "--jobs=" + id});
    if (answer.text.find("Invalid job id") != std::string::npos) continue;
    if (answer.code != 0) throw IoError("squeue: {}", answer.text);
    std::istringstream lines(answer.text);
    for (std::string state; std::getline(lines, state);) ++states[state];
  }
  return states;
}

std::string in_words(const std::map<std::string, int>& states) {
  Words parts;
  for (const auto& [state, tasks] : states) parts.push_back(fmt::format("{} {}", tasks, state));
  return fmt::format("{}", fmt::join(parts, ", "));
}

void write(const SlurmScript& script, const fs::path& folder) {
  const fs::path file = folder / script.file;
  replace_file(file, script.text);
  if (script.jobs.empty()) return;
  replace_file(folder / (script.file + ".jobs"), fmt::format("{}\n", fmt::join(script.jobs, "\n")));
}

std::string submit_one(const Words& words, const Words& before) {
  const CommandAnswer answer = run_command(words);
  if (answer.code == 0) return answer.text.substr(0, answer.text.find(';'));  // "id;cluster"
  for (const std::string& id : before) run_command({"scancel", id});
  if (answer.is_missing()) {
    throw InputError("--launcher slurm: there is no sbatch here, which comes with Slurm");
  }
  throw InputError("sbatch refused {}: {}", words.back(), answer.text);
}

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

std::vector<SlurmScript> SlurmLauncher::scripts(std::span<const std::string> to_sample) const {
  std::vector<SlurmScript> all = sample_scripts(options, place, to_sample, most_tasks());
  all.push_back(finish_script(options, place, finish));
  return all;
}

std::vector<std::string> SlurmLauncher::submit(std::span<const SlurmScript> scripts) const {
  if (const auto states = states_of(submitted(place.folder)); !states.empty()) {
    throw InputError(
        "{}: jobs {} of an earlier call are in the queue ({}); they go on by themselves, or end "
        "with scancel",
        place.folder.string(), fmt::join(submitted(place.folder), ","), in_words(states));
  }
  create_folder(place.folder / "slurm");
  Words ids;
  for (const SlurmScript& script : scripts) {
    write(script, place.folder);
    Words words{"sbatch", "--parsable"};
    if (&script == &scripts.back() && !ids.empty()) {
      words.push_back(fmt::format("--dependency=afterok:{}", fmt::join(ids, ":")));
      words.push_back("--kill-on-invalid-dep=yes");
    }
    words.push_back((place.folder / script.file).string());
    ids.push_back(submit_one(words, ids));
    replace_file(place.folder / kSubmitted, nlohmann::json(ids).dump() + "\n");
  }
  return ids;
}

std::optional<std::string> tested_by_sbatch(const SlurmScript& script) {
  const fs::path file = fs::temp_directory_path() / fmt::format("certify-{}.sbatch", getpid());
  replace_file(file, script.text);
  const CommandAnswer answer = run_command({"sbatch", "--test-only", file.string()});
  fs::remove(file);
  if (answer.is_missing()) return std::nullopt;
  if (answer.code != 0) throw InputError("sbatch refuses {}: {}", script.file, answer.text);
  return answer.text;
}

std::string slurm_status(const fs::path& sweep) {
  const Words ids = submitted(sweep);
  if (ids.empty()) return "";
  std::string queue;
  try {
    queue = in_words(states_of(ids));
  } catch (const IoError& error) {  // the folder may be looked at where there is no Slurm
    queue = error.what();
  }
  return fmt::format("slurm {}: {}", fmt::join(ids, ","),
                     queue.empty() ? "nothing is queued" : queue);
}

}  // namespace certify

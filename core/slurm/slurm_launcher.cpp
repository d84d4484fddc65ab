#include "core/slurm/slurm_launcher.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/shell_words.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr const char* kSubmitted = "slurm/submitted.json";
constexpr std::size_t kMostTasksByDefault = 1001;  // Slurm's own default of MaxArraySize

struct Answer {
  int code;          ///< 127: there is no such program
  std::string text;  ///< stdout and stderr, without the last newline
};

Answer run_command(const Words& words) {
  std::string command;
  for (const std::string& word : words) command += shell_word(word) + " ";
  command += "2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw IoError(fmt::format("cannot start {}", words.front()));
  Answer answer{0, ""};
  std::array<char, 4096> part;
  while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe)) {
    answer.text.append(part.data(), got);
  }
  const int status = pclose(pipe);
  answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  while (answer.text.ends_with('\n')) answer.text.pop_back();
  return answer;
}

bool is_missing(const Answer& answer) { return answer.code == 127; }

/// Tasks that one array may have.
std::size_t most_tasks() {
  const Answer answer = run_command({"scontrol", "show", "config"});
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
  if (!json.is_array())
    throw DataError(fmt::format("{}: expected a list of job ids", file.string()));
  return json.get<Words>();
}

/// How many tasks of these jobs are in which state, as far as the queue still knows them.
/// @throws IoError when the queue does not answer: that is not an empty queue
std::map<std::string, int> states_of(const Words& ids) {
  std::map<std::string, int> states;
  for (const std::string& id : ids) {  // one by one: an id that has left the queue is an error
    const Answer answer =
        run_command({"squeue", "--noheader", "--array", "--format=%T", "--jobs=" + id});
    if (answer.text.find("Invalid job id") != std::string::npos) continue;
    if (answer.code != 0) throw IoError(fmt::format("squeue: {}", answer.text));
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
  const Answer answer = run_command(words);
  if (answer.code == 0) return answer.text.substr(0, answer.text.find(';'));  // "id;cluster"
  for (const std::string& id : before) run_command({"scancel", id});
  if (is_missing(answer)) {
    throw InputError("--launcher slurm: there is no sbatch here, which comes with Slurm");
  }
  throw InputError(fmt::format("sbatch refused {}: {}", words.back(), answer.text));
}

}  // namespace

std::vector<SlurmScript> SlurmLauncher::scripts(std::span<const std::string> to_sample) const {
  std::vector<SlurmScript> all = sample_scripts(options, place, to_sample, most_tasks());
  all.push_back(finish_script(options, place, finish));
  return all;
}

std::vector<std::string> SlurmLauncher::submit(std::span<const SlurmScript> scripts) const {
  if (const auto states = states_of(submitted(place.folder)); !states.empty()) {
    throw InputError(fmt::format(
        "{}: jobs {} of an earlier call are in the queue ({}); they go on by themselves, or end "
        "with scancel",
        place.folder.string(), fmt::join(submitted(place.folder), ","), in_words(states)));
  }
  std::error_code error;
  fs::create_directories(place.folder / "slurm", error);
  if (error) throw IoError(fmt::format("{}: {}", place.folder.string(), error.message()));
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
  const Answer answer = run_command({"sbatch", "--test-only", file.string()});
  fs::remove(file);
  if (is_missing(answer)) return std::nullopt;
  if (answer.code != 0) {
    throw InputError(fmt::format("sbatch refuses {}: {}", script.file, answer.text));
  }
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

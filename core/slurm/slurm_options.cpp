#include "core/slurm/slurm_options.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

struct TextKey {
  std::string_view name;
  std::string SlurmOptions::*member;
  const char* help;
};
constexpr std::array<TextKey, 6> kTexts{
    {{"partition", &SlurmOptions::partition, "Partition"},
     {"account", &SlurmOptions::account, "Account that pays"},
     {"qos", &SlurmOptions::qos, "Quality of service"},
     {"time", &SlurmOptions::time, "Limit of a task, HH:MM:SS; one that reaches it goes on later"},
     {"gres", &SlurmOptions::gres, "Of a task: gpu:1"},
     {"memory", &SlurmOptions::memory, "Of a task: 8G"}}};

struct NumberKey {
  std::string_view name;
  int SlurmOptions::*member;
  const char* help;
};
constexpr std::array<NumberKey, 2> kNumbers{
    {{"cpus", &SlurmOptions::cpus, "Processors of a task"},
     {"at_once", &SlurmOptions::at_once, "Most tasks that run side by side"}}};
constexpr int kMostNumber = 100000;

std::vector<std::string_view> known_keys() {
  std::vector<std::string_view> known{"lines"};
  for (const TextKey& key : kTexts) known.push_back(key.name);
  for (const NumberKey& key : kNumbers) known.push_back(key.name);
  return known;
}

/// One line: a second would be a line of the script that nobody asked for.
std::string one_line(const Json& value, const std::string& where) {
  if (!value.is_string() || value.get<std::string>().find('\n') != std::string::npos) {
    throw InputError(fmt::format("{} {}: expected a text of one line", where, value.dump()));
  }
  return value.get<std::string>();
}

int number(const Json& value, const std::string& where) {
  if (!value.is_number_integer() || value.get<double>() < 1 || value.get<double>() > kMostNumber) {
    throw InputError(fmt::format("{} {}: expected a whole number from 1 to {}", where, value.dump(),
                                 kMostNumber));
  }
  return value.get<int>();
}

std::vector<std::string> lines_of(const Json& value, const std::string& where) {
  if (!value.is_array()) {
    throw InputError(fmt::format("{} {}: expected a list of lines", where, value.dump()));
  }
  std::vector<std::string> lines;
  for (const Json& line : value) lines.push_back(one_line(line, where));
  return lines;
}

}  // namespace

SlurmOptions read_slurm_options(const JsonPlace& slurm) {
  SlurmOptions options;
  options.json = slurm.json;
  for (const auto& [name, value] : slurm.json.items()) {
    const std::string where = slurm.at(name);
    bool known = name == "lines";
    if (known) options.lines = lines_of(value, where);
    for (const TextKey& key : kTexts) {
      if (name == key.name) known = true, options.*key.member = one_line(value, where);
    }
    for (const NumberKey& key : kNumbers) {
      if (name == key.name) known = true, options.*key.member = number(value, where);
    }
    if (!known) refuse_key(slurm, name, known_keys());
  }
  return options;
}

Json slurm_schema() {
  Json properties = Json::object();
  for (const TextKey& key : kTexts) {
    properties[std::string(key.name)] = {{"type", "string"}, {"description", key.help}};
  }
  for (const NumberKey& key : kNumbers) {
    properties[std::string(key.name)] = {
        {"type", "integer"}, {"minimum", 1}, {"maximum", kMostNumber}, {"description", key.help}};
  }
  properties["lines"] = {{"type", "array"},
                         {"items", {{"type", "string"}}},
                         {"description", "#SBATCH lines, and shell lines: module load cuda"}};
  return {{"type", "object"},
          {"description", "For --launcher slurm"},
          {"properties", std::move(properties)},
          {"additionalProperties", false}};
}

}  // namespace certify

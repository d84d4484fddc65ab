#include "core/slurm/slurm_options.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "core/base/errors.h"

namespace certify {
namespace {

struct Key {
  const char* name;
  std::string SlurmOptions::*text;  ///< or a number
  int SlurmOptions::*number;
  const char* help;
};
constexpr Key kKeys[] = {
    {"partition", &SlurmOptions::partition, nullptr, "Partition"},
    {"account", &SlurmOptions::account, nullptr, "Account that pays"},
    {"qos", &SlurmOptions::qos, nullptr, "Quality of service"},
    {"time", &SlurmOptions::time, nullptr,
     "Limit of a task, HH:MM:SS; one that reaches it goes on later"},
    {"gres", &SlurmOptions::gres, nullptr, "Of a task: gpu:1"},
    {"memory", &SlurmOptions::memory, nullptr, "Of a task: 8G"},
    {"cpus", nullptr, &SlurmOptions::cpus, "Processors of a task"},
    {"at_once", nullptr, &SlurmOptions::at_once, "Most tasks that run side by side"}};
constexpr int kMostNumber = 100000;

/// One line: a second would be a line of the script that was not asked for.
std::string one_line(const Json& value, const std::string& where) {
  if (!value.is_string() || value.get<std::string>().find('\n') != std::string::npos) {
    throw InputError("{} {}: expected a text of one line", where, value.dump());
  }
  return value.get<std::string>();
}

int number(const Json& value, const std::string& where) {
  if (!value.is_number_integer() || value.get<double>() < 1 || value.get<double>() > kMostNumber) {
    throw InputError("{} {}: expected a whole number from 1 to {}", where, value.dump(),
                     kMostNumber);
  }
  return value.get<int>();
}

std::vector<std::string> lines_of(const Json& value, const std::string& where) {
  if (!value.is_array()) throw InputError("{} {}: expected a list of lines", where, value.dump());
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
    const auto* const key = std::ranges::find(kKeys, name, &Key::name);
    if (name == "lines") {
      options.lines = lines_of(value, where);
    } else if (key == std::end(kKeys)) {
      std::vector<std::string_view> known{"lines"};
      for (const Key& one : kKeys) known.push_back(one.name);
      refuse_key(slurm, name, known);
    } else if (key->text != nullptr) {
      options.*key->text = one_line(value, where);
    } else {
      options.*key->number = number(value, where);
    }
  }
  return options;
}

Json slurm_schema() {
  Json properties = Json::object();
  for (const Key& key : kKeys) {
    Json& property = properties[key.name];
    property["type"] = key.text != nullptr ? "string" : "integer";
    if (key.number != nullptr) property.update({{"minimum", 1}, {"maximum", kMostNumber}});
    property["description"] = key.help;
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

#include "core/configs/experiment.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/json_file.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 12> kExperimentKeys{
    "$schema", "title", "description", "include", "grid",    "zip",
    "runs",    "name",  "shards",      "quick",   "outputs", "slurm"};
constexpr int kMostShards = 100000;

bool is_key(const std::string& key) {
  return std::find(kExperimentKeys.begin(), kExperimentKeys.end(), key) != kExperimentKeys.end();
}

std::vector<std::string_view> known_keys() {
  std::vector<std::string_view> known = option_names();
  known.insert(known.begin(), kExperimentKeys.begin(), kExperimentKeys.end());
  return known;
}

/// An option's value in a file. Inputs are found from the file's folder, wherever one stands.
Json option_in_file(const OptionSpec& option, const Json& value, const JsonPlace& place,
                    const std::string& where) {
  require_stored(option, where);
  Json checked = checked_option(option, value, where);
  if (!names_a_file(option, checked) || option.name == "out") return checked;
  const fs::path path = checked.get<std::string>();
  return path.is_absolute() ? checked
                            : Json((place.file.parent_path() / path).lexically_normal().string());
}

/// Puts one file, with what it includes, over what was there before.
class Reader {
 public:
  Reader(Experiment& experiment, bool quick) : experiment_(experiment), quick_(quick) {}

  void read(const fs::path& file) {
    enter(file);
    const JsonPlace root = read_json_object(file);
    if (root.json.contains("include")) include(root);
    apply(root, /*whole_file=*/true);
    if (root.json.contains("quick")) quicks_.push_back(object_at(root, "quick"));
    open_.pop_back();
  }

  /// Last, over the files: the smaller size, from the innermost include outwards.
  void finish() {
    if (quick_ && quicks_.empty()) {
      for (const auto& [name, value] : {std::pair{"count", 8}, {"n", 100}, {"n0", 20}}) {
        experiment_.set(name, value, "--quick");
      }
    }
    for (const JsonPlace& quick : quicks_) {
      if (quick_) {
        apply(quick, /*whole_file=*/false);
      } else {
        Experiment tried = experiment_;  // a mistake in it is found without --quick too
        Reader(tried, true).apply(quick, false);
      }
    }
    check_zip();
  }

 private:
  void enter(const fs::path& file) {
    std::error_code missing;
    const fs::path canonical = fs::weakly_canonical(file, missing);
    const auto found = std::find(open_.begin(), open_.end(), canonical);
    if (found != open_.end()) {
      std::string circle;
      for (auto step = found; step != open_.end(); ++step) circle += step->string() + " includes ";
      throw InputError("{}: /include leads back to itself: {}{}", open_.back().string(), circle,
                       canonical.string());
    }
    open_.push_back(canonical);
  }

  void include(const JsonPlace& root) {
    const Json& files = root.json.at("include");
    for (const Json& file : files.is_array() ? files : Json::array({files})) {
      if (!file.is_string()) {
        throw InputError("{} {}: expected a file or a list of them", root.at("include"),
                         file.dump());
      }
      const fs::path path = root.file.parent_path() / file.get<std::string>();
      if (!fs::is_regular_file(path)) {
        throw InputError("{} {}: no such file", root.at("include"), path.string());
      }
      read(path);
    }
  }

  /// Order of keys within a file must not matter: single values first, then what varies.
  void apply(const JsonPlace& place, bool whole_file) {
    for (const auto& [key, value] : place.json.items()) {
      if (const OptionSpec* option = find_option(key)) {
        experiment_.set(key, option_in_file(*option, value, place, place.at(key)), place.at(key));
      } else if (!is_key(key)) {
        refuse_key(place, key, known_keys());
      }
    }
    apply_texts(place);
    for (const char* kind : {"grid", "zip"}) {
      if (place.json.contains(kind)) apply_axes(place, kind);
    }
    if (place.json.contains("runs")) apply_cases(place);
    if (place.json.contains("outputs")) apply_outputs(object_at(place, "outputs"));
    if (place.json.contains("slurm")) {
      experiment_.slurm = read_slurm_options(object_at(place, "slurm"));
    }
    if (!whole_file) {
      for (const char* key : {"include", "quick", "$schema"}) {
        if (place.json.contains(key)) {
          throw InputError("{}: does not belong into quick", place.at(key));
        }
      }
    }
  }

  void apply_texts(const JsonPlace& place) {
    if (place.json.contains("title")) experiment_.title = text_at(place, "title");
    if (place.json.contains("description")) experiment_.description = text_at(place, "description");
    if (place.json.contains("name")) {
      experiment_.name_pattern = text_at(place, "name");
      fill_pattern(experiment_.name_pattern, "", OptionSet(), place.at("name"));
    }
    if (!place.json.contains("shards")) return;
    const Json& shards = place.json.at("shards");
    if (!shards.is_number_integer() || shards.get<double>() < 1 ||
        shards.get<double>() > kMostShards) {
      throw InputError("{} {}: expected a whole number from 1 to {}", place.at("shards"),
                       shards.dump(), kMostShards);
    }
    experiment_.shards = shards.get<int>();
  }

  void apply_axes(const JsonPlace& place, const std::string& kind) {
    const JsonPlace axes = object_at(place, kind);
    for (const auto& [name, list] : axes.json.items()) {
      const OptionSpec* option = find_option(name);
      if (!option) refuse_key(axes, name, option_names());
      if (option->role == OptionRole::kPlace || name == "shard") {
        throw InputError("{}: does not decide a number, so it cannot vary", axes.at(name));
      }
      const std::string other = kind == "zip" ? "grid" : "";
      if (place.json.contains(name) ||
          (!other.empty() && place.json.contains(other) && place.json.at(other).contains(name))) {
        throw InputError("{}: is set a second time in the same file", axes.at(name));
      }
      if (!list.is_array()) throw InputError("{} {}: expected a list", axes.at(name), list.dump());
      if (list.empty()) throw InputError("{}: an empty list", axes.at(name));
      Axis axis{name, {}, axes.at(name)};
      for (std::size_t i = 0; i < list.size(); ++i) {
        axis.values.push_back(
            option_in_file(*option, list[i], place, fmt::format("{}/{}", axes.at(name), i)));
      }
      experiment_.forget(name);
      (kind == "grid" ? experiment_.grid : experiment_.zip).push_back(std::move(axis));
    }
  }

  void apply_cases(const JsonPlace& place) {
    const Json& list = place.json.at("runs");
    if (!list.is_array()) throw InputError("{}: expected a list of objects", place.at("runs"));
    if (list.empty()) throw InputError("{}: an empty list", place.at("runs"));
    std::vector<Case> cases;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const JsonPlace entry{list[i], place.file, fmt::format("{}/runs/{}", place.path, i)};
      if (!entry.json.is_object()) throw InputError("{}: expected an object", entry.here());
      cases.push_back(read_case(place, entry));
    }
    for (const Case& one : cases) {
      for (const OptionSpec& option : option_table()) {
        if (!one.options.given(option.name)) continue;
        experiment_.forget_axes(std::string(option.name));
      }
    }
    experiment_.cases = std::move(cases);
  }

  static Case read_case(const JsonPlace& place, const JsonPlace& entry) {
    Case one;
    for (const auto& [key, value] : entry.json.items()) {
      const OptionSpec* option = find_option(key);
      if (key == "name") {
        one.name = text_at(entry, key);
        continue;
      }
      if (!option) refuse_key(entry, key, known_keys());
      if (option->role == OptionRole::kPlace) {  // runs that differ in it alone share their samples
        throw InputError("{}: does not decide a number, so it cannot vary", entry.at(key));
      }
      for (const char* kind : {"grid", "zip"}) {
        if (place.json.contains(kind) && place.json.at(kind).contains(key)) {
          throw InputError("{}: varies in /{} already", entry.at(key), kind);
        }
      }
      one.options.set(key, option_in_file(*option, value, entry, entry.at(key)), entry.at(key));
    }
    return one;
  }

  void apply_outputs(const JsonPlace& outputs) {
    for (const auto& [name, ignored] : outputs.json.items()) {
      OutputSpec spec = read_output(outputs, name);
      auto& all = experiment_.outputs;
      const auto same = std::find_if(
          all.begin(), all.end(), [&](const OutputSpec& other) { return other.name == spec.name; });
      if (same == all.end()) {
        all.push_back(std::move(spec));
      } else {
        *same = std::move(spec);
      }
    }
  }

  void check_zip() {
    for (const Axis& axis : experiment_.zip) {
      const Axis& first = experiment_.zip.front();
      if (axis.values.size() == first.values.size()) continue;
      throw InputError("{}: {} values, but {} has {}; lists in zip go in step", axis.origin,
                       axis.values.size(), first.origin, first.values.size());
    }
  }

  Experiment& experiment_;
  bool quick_;
  std::vector<fs::path> open_;  ///< files that are being read, the outermost first
  std::vector<JsonPlace> quicks_;
};

}  // namespace

void Experiment::forget_axes(const std::string& option) {
  for (auto* axes : {&grid, &zip}) {
    std::erase_if(*axes, [&](const Axis& axis) { return axis.option == option; });
  }
}

void Experiment::forget(const std::string& option) {
  forget_axes(option);
  for (Case& one : cases) one.options.erase(option);
  fixed.erase(option);
}

void Experiment::set(const std::string& option, const Json& value, const std::string& origin) {
  forget(option);
  fixed.set(option, value, origin);
}

bool Experiment::varies(const std::string& option) const {
  const auto is_it = [&](const Axis& axis) { return axis.option == option; };
  return std::any_of(grid.begin(), grid.end(), is_it) ||
         std::any_of(zip.begin(), zip.end(), is_it) ||
         std::any_of(cases.begin(), cases.end(),
                     [&](const Case& one) { return one.options.given(option); });
}

Experiment read_experiment(const fs::path& file, bool quick) {
  Experiment experiment;
  Reader reader(experiment, quick);
  reader.read(file);
  reader.finish();
  experiment.name = file.stem().string();
  return experiment;
}

}  // namespace certify

#pragma once
/// What a sweep ends with: a figure or a table, and the runs that go into it.

#include <string>
#include <utility>
#include <vector>

#include "core/configs/option_values.h"

namespace certify {

enum class OutputKind { kFigure, kTable };

/// One output of an experiment. A figure draws certified accuracy against `x`. A table has a row a
/// run; where `x` is an option it has a column for each of the option's values, else one for each
/// radius or margin in `at`.
struct OutputSpec {
  std::string name;  ///< of its files
  OutputKind kind = OutputKind::kFigure;
  std::string title, caption;
  std::string x = "radius";  ///< radius, first-margin, second-margin, radius-l1, radius-R,
                             ///< log-area, … or an option
  /// What cells hold where x is an option: "average-radius", or "certified-accuracy" at radius
  /// `at`. Of figures over areas also "clean-accuracy": each run is a point, runs of one label a
  /// curve (core/curves/areas.h).
  std::string y = "certified-accuracy";
  std::vector<double> at;  ///< empty: chosen to fit
  /// Which runs: those whose option has one of the values. Empty: all.
  std::vector<std::pair<std::string, std::vector<Json>>> runs;
  std::string label;  ///< pattern of a run's name in it; empty: what varies
  std::string origin;
  Json json;  ///< as it was written

  bool over_an_option() const;
  /// A table of radii, which has a column of their averages.
  bool has_average() const {
    return kind == OutputKind::kTable && !over_an_option() && x.starts_with("radius");
  }
  bool over_areas() const { return x == "log-area" || x == "log-volume"; }
  /// Clean accuracy against mean areas, over runs that share a name.
  bool is_blanket() const { return y == "clean-accuracy"; }
};

/// @throws InputError naming file and path.
OutputSpec read_output(const JsonPlace& outputs, const std::string& name);

/// `{option}` replaced by its value, `{name}` by `name`. @throws InputError for another word in
/// braces or a brace without its partner.
std::string fill_pattern(const std::string& pattern, const std::string& name,
                         const OptionSet& options, const std::string& place);

}  // namespace certify

#pragma once
/// An experiment file: options, how they vary, and what becomes of the runs. Grammar:
/// docs/files.md.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/configs/option_values.h"
#include "core/configs/output_spec.h"
#include "core/slurm/slurm_options.h"

namespace certify {

/// An option and the values it takes, in the order written.
struct Axis {
  std::string option;
  std::vector<Json> values;
  std::string origin;  ///< "table1.json: /grid/alpha"
};

/// One entry of `runs`: options of its own over those that all share.
struct Case {
  std::string name;
  OptionSet options;
};

/// The file with what it includes. Layers are put over each other: the one that mentions an option
/// last, as one value or as several, says all about it. That is one rule for includes, `quick`,
/// environment and flags, instead of errors between layers.
struct Experiment {
  std::string name;  ///< of the file, without .json
  std::string title, description;
  OptionSet fixed;
  std::vector<Axis> grid;    ///< crossed with each other
  std::vector<Axis> zip;     ///< of equal length, taken in step
  std::vector<Case> cases;   ///< empty: one, without options of its own
  std::string name_pattern;  ///< of runs; empty: made from what varies
  int shards = 1;            ///< parts that sampling is cut into
  std::vector<OutputSpec> outputs;
  SlurmOptions slurm;  ///< for those who send the jobs to a cluster

  /// Takes back what was said of an option: everywhere, or only that it varies.
  void forget(const std::string& option);
  void forget_axes(const std::string& option);
  /// What the environment or the command line says about an option, over all of the file.
  void set(const std::string& option, const Json& value, const std::string& origin);
  /// Whether it takes several values, or has different ones in different cases.
  bool varies(const std::string& option) const;
};

/// @param quick  puts the file's `quick` over it, or a few images and samples where it has none
/// @throws DataError where there is no such file; InputError naming file and JSON path, and the
/// nearest valid key, for what is no JSON, an unknown or repeated key, a value that an option may
/// not have, an empty list, lists in `zip` of different lengths, and an include that leads back to
/// itself.
Experiment read_experiment(const std::filesystem::path& file, bool quick);

}  // namespace certify

#pragma once
/// From an experiment to its runs.

#include <string>
#include <vector>

#include "core/configs/experiment.h"
#include "core/plan/plan.h"

namespace certify {

struct ExperimentRun {
  std::string name;  ///< a folder's name, different for each run
  OptionSet options;
  Plan plan;  ///< what they mean
};

/// Cases × steps of zip × grid, the last list of the grid changing fastest.
/// @throws InputError naming the run whose options resolve() refuses, for two runs of one name (and
/// so one output folder), and for more than 100,000 runs.
std::vector<ExperimentRun> expand(const Experiment& experiment);

/// The options of an experiment that is one run; resolve() has not seen them.
/// @throws InputError when it is several.
OptionSet only_run(const Experiment& experiment);

/// The runs that an output is about, in order. @throws InputError when there are none.
std::vector<const ExperimentRun*> runs_of(const OutputSpec& output,
                                          const std::vector<ExperimentRun>& runs);

/// Options that differ among the runs, in the order of the table.
std::vector<std::string> differing_options(const std::vector<const ExperimentRun*>& runs);

/// "two-sided, T = 0.25": the values of these options, as a legend shows them.
std::string describe(const OptionSet& options, const std::vector<std::string>& which);

}  // namespace certify

#include "core/plan/expansion.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/configs/option_values.h"

namespace certify {
namespace {

constexpr std::size_t kMostRuns = 100000;

bool is_word(const OptionSpec& option) {
  return option.type == OptionType::kText || option.type == OptionType::kPath;
}

/// Only what is at home in a file's name on every system.
std::string folder_name(const std::string& text) {
  std::string name = text;
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) {
        return !std::isalnum(c) &&
               std::string_view("._+=-").find(static_cast<char>(c)) == std::string_view::npos;
      },
      '_');
  return name;
}

/// "sigma0.25-two-sided": what varies, or the experiment's name where nothing does.
std::string automatic_name(const Experiment& experiment, const ExperimentRun& run,
                           const std::string& case_name) {
  std::string name = case_name;
  for (const OptionSpec& option : option_table()) {
    const std::string key(option.name);
    const bool by_case =
        !case_name.empty() && std::any_of(experiment.cases.begin(), experiment.cases.end(),
                                          [&](const Case& one) { return one.options.given(key); });
    if (!experiment.varies(key) || by_case) continue;
    name += fmt::format("{}{}{}", name.empty() ? "" : "-", is_word(option) ? "" : key,
                        short_value(run.options, key));
  }
  return name.empty() ? experiment.name : name;
}

/// A run in a legend, a table or `config` has the method that it runs by.
void settle_method(OptionSet& options) {
  if (options.given("method")) return;
  const std::string method = method_name(options);
  if (method == options.text("method")) return;
  options.set("method", method, options.origin(options.given("stop_at") ? "stop_at" : "noise"));
}

/// What a schedule's file says now: samples must not hang on a file that may change under them.
void settle_denoiser_kind(OptionSet& options) {
  const char* const name = "denoiser_kind";
  const std::string text = options.text(name);
  if (!text.ends_with(".json")) return;
  options.set(name, read_denoiser_kind(text), options.origin(name));
}

std::vector<ExperimentRun> all_combinations(const Experiment& experiment) {
  std::vector<Case> cases = experiment.cases;
  if (cases.empty()) cases.emplace_back();
  const std::size_t steps = experiment.zip.empty() ? 1 : experiment.zip.front().values.size();
  std::size_t crossed = 1;
  for (const Axis& axis : experiment.grid) {
    crossed *= axis.values.size();
    if (crossed > kMostRuns) break;
  }
  if (cases.size() * steps * crossed > kMostRuns) {
    throw InputError("{}: more than {} runs", experiment.name, kMostRuns);
  }
  std::vector<ExperimentRun> runs;
  for (const Case& one : cases) {
    for (std::size_t step = 0; step < steps; ++step) {
      for (std::size_t cell = 0; cell < crossed; ++cell) {
        ExperimentRun run{"", experiment.fixed, {}};
        for (const OptionSpec& option : option_table()) {
          if (!one.options.given(option.name)) continue;
          run.options.set(option.name, one.options.value(option.name),
                          one.options.origin(option.name));
        }
        for (const Axis& axis : experiment.zip) {
          run.options.set(axis.option, axis.values[step], axis.origin);
        }
        std::size_t rest = cell;
        for (auto axis = experiment.grid.rbegin(); axis != experiment.grid.rend(); ++axis) {
          run.options.set(axis->option, axis->values[rest % axis->values.size()], axis->origin);
          rest /= axis->values.size();
        }
        settle_method(run.options);
        run.name =
            folder_name(experiment.name_pattern.empty()
                            ? automatic_name(experiment, run, one.name)
                            : fill_pattern(experiment.name_pattern, one.name, run.options, "name"));
        runs.push_back(std::move(run));
      }
    }
  }
  return runs;
}

std::string symbol(const std::string& option) {
  if (option == "sigma") return "σ";
  if (option == "alpha") return "α";
  if (option == "lambda") return "λ";
  if (option == "temperature") return "T";
  return option;
}

}  // namespace

std::vector<ExperimentRun> expand(const Experiment& experiment) {
  std::vector<ExperimentRun> runs = all_combinations(experiment);
  std::map<std::string, std::size_t> numbers;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string& name = runs[i].name;
    try {
      settle_denoiser_kind(runs[i].options);
      runs[i].plan = resolve(runs[i].options);
    } catch (const InputError& error) {
      throw InputError("run {}: {}", name, error.what());
    }
    if (name.empty() || name.front() == '.') {
      throw InputError("run {} is named '{}', which is no name for a folder", i, name);
    }
    const auto [first, added] = numbers.emplace(name, i);
    if (!added) {
      throw InputError(
          "runs {} and {} have the same output, runs/{}: a value is listed "
          "twice, or \"name\" leaves out what varies",
          first->second + 1, i + 1, name);
    }
  }
  return runs;
}

OptionSet only_run(const Experiment& experiment) {
  const std::vector<ExperimentRun> runs = all_combinations(experiment);
  if (runs.size() != 1) {
    throw InputError("{}: describes {} runs; `certify sweep` does them", experiment.name,
                     runs.size());
  }
  return runs.front().options;
}

std::vector<const ExperimentRun*> runs_of(const OutputSpec& output,
                                          const std::vector<ExperimentRun>& runs) {
  std::vector<const ExperimentRun*> chosen;
  for (const ExperimentRun& run : runs) {
    const bool wanted =
        std::all_of(output.runs.begin(), output.runs.end(), [&](const auto& condition) {
          const Json value = run.options.value(condition.first);
          return std::find(condition.second.begin(), condition.second.end(), value) !=
                 condition.second.end();
        });
    if (wanted) chosen.push_back(&run);
  }
  if (chosen.empty()) throw InputError("{}/runs: no run is like this", output.origin);
  return chosen;
}

std::vector<std::string> differing_options(const std::vector<const ExperimentRun*>& runs) {
  std::vector<std::string> differing;
  for (const OptionSpec& option : option_table()) {
    const Json first = runs.front()->options.value(option.name);
    const bool same = std::all_of(runs.begin(), runs.end(), [&](const ExperimentRun* run) {
      return run->options.value(option.name) == first;
    });
    if (!same) differing.emplace_back(option.name);
  }
  return differing;
}

std::string describe(const OptionSet& options, const std::vector<std::string>& which) {
  std::string text;
  for (const std::string& name : which) {
    const OptionSpec& option = option_spec(name);
    if (!text.empty()) text += ", ";
    text += is_word(option) ? short_value(options, name)
                            : fmt::format("{} = {}", symbol(name), short_value(options, name));
  }
  return text;
}

}  // namespace certify

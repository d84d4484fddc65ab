#include "core/sweeps/jobs.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/shell_words.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

using Arguments = std::vector<std::string>;

/// Whether method and alpha decide how many samples are drawn. Elsewhere they stay out of it: a
/// folder of samples does not know what is certified from it, so another method or alpha finds the
/// samples that are there.
bool decides_samples(const ExperimentRun& run) { return !run.plan.settings.stop_at.empty(); }

/// Runs that one sampling serves.
struct Sampling {
  Json key;  ///< what all must agree on
  ScoreKeeping keep = ScoreKeeping::kNone;
  Json scoring;                ///< link, temperature, bins, class: what kept scores depend on
  bool keep_gradient = false;  ///< a mean for every pixel
  bool gradient = false;       ///< averages of the noise too, of the label where no run selects
  std::int64_t n0 = 0, n = 0;
  bool by_label = true;  ///< no run wants selection samples
  std::vector<const ExperimentRun*> runs;
  std::string id;
};

/// What a single run asks for.
Sampling sampling_of(const ExperimentRun& run) {
  const RunSettings& settings = run.plan.settings;
  Sampling s;
  s.keep = settings.scores.keep;
  s.n = settings.n;
  s.by_label = settings.select != Selection::kSeparate;
  s.n0 = s.by_label ? 0 : settings.n0;
  s.gradient = settings.gradient;
  s.keep_gradient = settings.keep_gradient;
  s.scoring = Json::object();
  const bool one_class = s.keep == ScoreKeeping::kTrace || s.keep == ScoreKeeping::kHistogram;
  for (const OptionSpec& option : option_table()) {
    const std::string name(option.name);
    if (option.role != OptionRole::kSamples || name == "scores" || name == "n0" ||
        name == "gradient" || name == "keep_gradient") {
      continue;
    }
    // Later options: samplings without them keep the names that they had.
    constexpr std::array kLater{"mask",     "sigma_map",     "calibration",    "lambda",
                                "denoiser", "denoiser_kind", "denoiser_resize"};
    const bool is_later = std::ranges::find(kLater, name) != kLater.end();
    if (is_later && !run.options.given(name)) continue;
    if (option.group == option_spec("score_link").group) {
      if (one_class) s.scoring[name] = run.options.value(name);
    } else if (name != "n" || s.keep != ScoreKeeping::kMatrix) {
      s.key[name] = run.options.value(name);
    }
  }
  if (one_class) s.scoring["of"] = to_string(settings.select);
  if (decides_samples(run)) {
    s.key["method"] = run.options.value("method");
    s.key["alpha"] = run.options.value("alpha");
    s.key["select"] = to_string(settings.select);
  }
  s.runs = {&run};
  return s;
}

/// Whether samples that serve the first can be made to serve the second too.
bool can_serve(const Sampling& all, const Sampling& one) {
  // Scores and gradients of the label are kept only where the label is what selects.
  const auto keeps_label = [](const Sampling& s) {
    return s.scoring.value("of", "") == "label" || (s.gradient && s.by_label);
  };
  if ((keeps_label(all) && !one.by_label) || (keeps_label(one) && !all.by_label)) return false;
  if (all.key != one.key || (all.n0 != one.n0 && all.n0 != 0 && one.n0 != 0)) return false;
  if ((all.gradient || one.gradient) && all.n != one.n) return false;
  if (one.keep == ScoreKeeping::kNone || all.keep == ScoreKeeping::kNone) return true;
  if (all.keep == ScoreKeeping::kMatrix || one.keep == ScoreKeeping::kMatrix)
    return all.keep == one.keep;
  return all.scoring == one.scoring;
}

void add(Sampling& all, const Sampling& one) {
  if (one.keep > all.keep) {
    all.keep = one.keep;
    all.scoring = one.scoring;
  }
  all.gradient = all.gradient || one.gradient;
  all.keep_gradient = all.keep_gradient || one.keep_gradient;
  all.n0 = std::max(all.n0, one.n0);
  all.n = std::max(all.n, one.n);
  all.by_label = all.by_label && one.by_label;
  all.runs.push_back(one.runs.front());
}

/// Greedy, those that keep most first, so that those that keep nothing find a place with them.
std::vector<Sampling> share(std::span<const ExperimentRun> runs) {
  std::vector<Sampling> wishes;
  for (const ExperimentRun& run : runs) wishes.push_back(sampling_of(run));
  std::stable_sort(wishes.begin(), wishes.end(),
                   [](const Sampling& a, const Sampling& b) { return a.keep > b.keep; });
  std::map<std::string, std::vector<std::size_t>> by_key;  // not to compare each with all
  std::vector<Sampling> samplings;
  for (const Sampling& wish : wishes) {
    auto& same_key = by_key[wish.key.dump()];
    const auto found = std::find_if(same_key.begin(), same_key.end(),
                                    [&](std::size_t i) { return can_serve(samplings[i], wish); });
    if (found != same_key.end()) {
      add(samplings[*found], wish);
    } else {
      same_key.push_back(samplings.size());
      samplings.push_back(wish);
    }
  }
  return samplings;
}

/// 0.25, or the name of a map.
std::string sigma_of(const OptionSet& options) {
  for (const char* other : {"sigma_map", "lambda"}) {
    if (options.given(other)) return short_value(options, other);
  }
  return short_value(options, "sigma");
}

/// The folder of the samples: readable, and another one for other samples. Files go by their names,
/// so that a sweep may move with them.
void name_samplings(std::vector<Sampling>& samplings) {
  std::map<std::string, int> taken;
  for (Sampling& s : samplings) {
    Json settings = s.key;
    for (const char* network : {"model", "denoiser"}) {
      if (!settings.contains(network) || !settings[network].is_string()) continue;
      settings[network] = std::filesystem::path(settings[network].get<std::string>()).filename();
    }
    if (settings.contains("sigma_map")) settings["sigma_map"] = sigma_of(s.runs.front()->options);
    settings.update(
        Json{{"n", s.n}, {"n0", s.n0}, {"label", s.by_label}, {"keep", static_cast<int>(s.keep)}});
    settings["scoring"] = s.scoring;
    if (s.gradient) settings["gradient"] = true;
    if (s.keep_gradient) settings["keep_gradient"] = true;
    const OptionSet& options = s.runs.front()->options;
    std::string name = fmt::format("{}-s{}-n{}-{}", options.text("dataset"), sigma_of(options), s.n,
                                   sha256_of(settings.dump()).substr(0, 8));
    std::replace(name.begin(), name.end(), '/', '_');
    const int before = taken[name]++;
    s.id = before == 0 ? name : fmt::format("{}-{}", name, before + 1);
  }
}

void append(Arguments& arguments, const OptionSet& options, const std::string& name) {
  const Json value = options.value(name);
  if (value.is_null()) return;
  const std::string flag = flag_of(option_spec(name));
  if (!value.is_boolean()) {
    arguments.insert(arguments.end(), {flag, option_text(value)});
  } else if (value.get<bool>()) {
    arguments.push_back(flag);
  }
}

Arguments sample_arguments(const Sampling& s) {
  const OptionSet& options = s.runs.front()->options;
  Arguments arguments;
  for (const OptionSpec& option : option_table()) {
    const std::string name(option.name);
    const bool scoring = option.group == option_spec("score_link").group;
    const bool place = name == "data_dir" || name == "model_dir" || name == "workers" ||
                       name.starts_with("allow_");
    if (name == "n" || name == "n0" || name == "scores" || name == "shard") continue;
    if (name == "gradient" || name == "keep_gradient") continue;
    if (scoring && s.keep == ScoreKeeping::kNone) continue;
    if (option.role == OptionRole::kSamples || (place && options.given(name))) {
      append(arguments, options, name);
    }
  }
  arguments.insert(arguments.end(), {"--n", fmt::format("{}", s.n)});
  const bool chooses_class = !s.runs.front()->plan.method->certain;
  if (chooses_class && s.by_label) {
    arguments.insert(arguments.end(), {"--select", "label"});
  } else if (chooses_class) {
    arguments.insert(arguments.end(), {"--select", "n0", "--n0", fmt::format("{}", s.n0)});
  }
  arguments.insert(arguments.end(), {"--scores", to_string(s.keep)});
  if (s.gradient) arguments.push_back("--gradient");
  if (s.keep_gradient) arguments.push_back("--keep-gradient");
  if (decides_samples(*s.runs.front())) {
    append(arguments, options, "method");
    append(arguments, options, "alpha");
  }
  return arguments;
}

/// The sampling itself, and the merge of its parts; its last job has the id of the sampling.
std::vector<SweepJob> sample_jobs(const Sampling& s, int shards) {
  const std::string folder = "samples/" + s.id;
  std::vector<SweepJob> jobs;
  SweepJob merge{"merge-" + s.id, JobStage::kMerge, "", folder, "", "", {}, {"merge"}};
  for (int i = 0; i < shards; ++i) {
    SweepJob job{"sample-" + s.id, JobStage::kSample, "", folder, "", "", {}, sample_arguments(s)};
    if (shards > 1) {
      job.shard = fmt::format("{}/{}", i, shards);
      job.id += fmt::format("-{}of{}", i, shards);
      job.out += fmt::format(".shards/{}of{}", i, shards);
      job.arguments.insert(job.arguments.end(), {"--shard", job.shard});
      merge.needs.push_back(job.id);
      merge.arguments.push_back(job.out);
    }
    job.arguments.insert(job.arguments.end(), {"--out", job.out});
    jobs.push_back(std::move(job));
  }
  if (shards > 1) {
    merge.arguments.insert(merge.arguments.end(), {"--out", folder});
    jobs.push_back(std::move(merge));
  }
  return jobs;
}

SweepJob certify_job(const ExperimentRun& run, const Sampling& s, const std::string& needs) {
  const std::string method = run.options.text("method");
  SweepJob job;
  job.id = "certify-" + run.name;
  job.stage = JobStage::kCertify;
  job.out = "runs/" + run.name;
  job.source = "samples/" + s.id;
  job.result = job.out + "/" + recertified_rows_file(method);
  job.needs = {needs};
  job.arguments = {"recertify", job.source};
  for (const OptionSpec& option : option_table()) {
    const std::string name(option.name);
    if (option.role != OptionRole::kCertificate || name == "select") continue;
    if (name == "alpha" && run.plan.method->certain) continue;
    // Method and alpha have other defaults there: those of the run that is certified again.
    if (name != "method" && name != "alpha" && !run.options.given(name)) continue;
    append(job.arguments, run.options, name);
  }
  job.arguments.insert(job.arguments.end(), {"--select", to_string(run.plan.settings.select)});
  if (s.keep == ScoreKeeping::kMatrix) {
    append(job.arguments, run.options, "temperature");
    append(job.arguments, run.options, "score_link");
    if (run.options.integer("n") < s.n) append(job.arguments, run.options, "n");
  }
  job.arguments.insert(job.arguments.end(), {"--out", job.out});
  return job;
}

}  // namespace

std::string to_string(JobStage stage) {
  return stage == JobStage::kSample ? "sample" : stage == JobStage::kMerge ? "merge" : "certify";
}

std::vector<SweepJob> plan_jobs(std::span<const ExperimentRun> runs, int shards) {
  std::vector<Sampling> samplings = share(runs);
  name_samplings(samplings);
  std::vector<SweepJob> jobs;
  std::map<std::string, SweepJob> certify;  // by run
  for (const Sampling& s : samplings) {
    for (SweepJob& job : sample_jobs(s, shards)) jobs.push_back(std::move(job));
    const std::string last = jobs.back().id;
    for (const ExperimentRun* run : s.runs) certify.emplace(run->name, certify_job(*run, s, last));
  }
  for (const ExperimentRun& run : runs) jobs.push_back(certify.at(run.name));
  return jobs;
}

const SweepJob& certify_job_of(const ExperimentRun& run, std::span<const SweepJob> jobs) {
  return *std::ranges::find(jobs, "certify-" + run.name, &SweepJob::id);
}

std::string jobs_tsv(std::span<const SweepJob> jobs) {
  std::string text = "id\tstage\tshard\tout\tneeds\tcommand\n";
  for (const SweepJob& job : jobs) {
    std::vector<std::string> words{"certify"};
    for (const std::string& argument : job.arguments) words.push_back(shell_word(argument));
    text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", job.id, to_string(job.stage), job.shard,
                        job.out, fmt::join(job.needs, ","), fmt::join(words, " "));
  }
  return text;
}

}  // namespace certify

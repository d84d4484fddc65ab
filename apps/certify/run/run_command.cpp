#include "apps/certify/run/run_command.h"

#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "apps/certify/options/option_flags.h"
#include "apps/certify/run/failed_run.h"
#include "apps/certify/run/progress.h"
#include "apps/certify/run/run_network.h"
#include "apps/certify/run/run_options.h"
#include "apps/certify/run/run_results.h"
#include "apps/certify/run/signals.h"
#include "core/base/errors.h"
#include "core/configs/expansion.h"
#include "core/report/sources/run_description.h"
#include "core/runs/run_folder.h"
#include "core/sampling/skip_unreadable.h"
#include "data/read_ahead.h"

namespace certify {
namespace {

/// The images that a resumed run still has to do, decoded ahead of the sampler.
ImageSource remaining_images(const RunPlan& plan, std::int64_t done) {
  const auto images = std::make_shared<ReadAhead>(
      *plan.dataset, std::vector(plan.indices.begin() + done, plan.indices.end()));
  return [images] { return images->next(); };
}

/// Samples, going on behind unreadable images if that was asked for.
void sample_images(Sampler& sampler, const RunPlan& plan, std::int64_t images_done,
                   const SamplesSink& done, const StopFlag& stop, spdlog::logger& log) {
  const RunSettings& s = plan.settings;
  const SamplingPlan samples{s.n0,
                             s.n,
                             s.sigma,
                             s.seed,
                             s.scores,
                             plan.stopping.get(),
                             s.gradient ? &plan.gradient : nullptr,
                             plan.map()};
  const ImageSource images = remaining_images(plan, images_done);
  if (plan.skip_unreadable) {
    SkipUnreadable skipping(sampler, s.classes, [&](const UnreadableImage& image) {
      log.warn("image {} counts as abstained: {}", image.index, image.what());
    });
    return skipping.run(images, samples, done, stop);
  }
  try {
    sampler.run(images, samples, done, stop);
  } catch (const UnreadableImage& image) {
    throw DataError(fmt::format("image {}: {}; --on-error skip counts such images as abstained",
                                image.index, image.what()));
  }
}

void announce(const RunPlan& plan, const RunFolder& folder, spdlog::logger& log) {
  const RunSettings& s = plan.settings;
  log.info(
      "{} images of {} {}, sigma {} (in units of the [0,1] input), n0 {}, n {}, alpha {}, {}, on "
      "{}",
      plan.indices.size(), s.dataset, s.split,
      plan.map() ? describe(*plan.map()) : fmt::format("{}", s.sigma), s.n0, s.n, s.alpha, s.method,
      s.device);
  if (plan.stopping) {
    log.info("images stop when certified at {}, or when that is out of reach",
             fmt::join(s.stop_at, ", "));
  }
  if (const std::string& note = plan.dataset->info().note; !note.empty()) {
    log.warn("{}: {}", plan.dataset->info().name, note);
  }
  log.info("run: {}", folder.path().string());
  if (folder.dropped_damaged_line()) {
    log.warn("{}: the last line was damaged and is sampled again",
             (folder.path() / kSamplesFile).string());
  }
  if (folder.images_done() > 0) log.info("resuming: {} images are done", folder.images_done());
}

/// Samples what is missing.
void sample(const RunPlan& plan, RunFolder& folder, RunResults& results, const StopFlag& stop,
            bool quiet, const std::shared_ptr<spdlog::logger>& log) {
  const RunSettings& s = plan.settings;
  const std::int64_t missing =
      static_cast<std::int64_t>(plan.indices.size()) - folder.images_done();
  AnswerCount answers(s.classes);
  Progress progress({missing, s.n0 + s.n, s.n0, s.device, plan.stopping != nullptr, quiet}, log);
  const auto sampler = make_sampler(
      plan, [&](std::int64_t k) { progress.add_samples(k); }, log);
  sample_images(
      *sampler, plan, folder.images_done(),
      [&](const ImageSamples& samples) {
        folder.append(samples);
        const Certificate& certificate = results.add(samples);
        progress.add_image();
        answers.add(certificate.predicted, certificate.label);
        if (answers.images() != AnswerCount::kEnoughToTell) return;
        if (const auto warning = answers.about_chance()) log->warn(*warning);
      },
      stop, *log);
}

ExitCode run(const RunOptions& options) {
  const StopFlag& stop = stop_on_signals();
  const auto log = make_logger(options.log);
  const RunPlan plan = make_plan(options, *log);
  RunResults results(plan.settings, plan.map());
  RunFolder folder(plan.out, plan.manifest, plan.indices, options.fresh, plan.map(),
                   [&](const ImageSamples& stored) { results.add(stored); });
  announce(plan, folder, *log);
  results.begin_rows(folder.path());
  const auto images = static_cast<std::int64_t>(plan.indices.size());
  const double seconds = sample_or_explain(
      folder, images, [&] { sample(plan, folder, results, stop, options.log.quiet, log); });
  if (folder.images_done() < images) {
    folder.close("interrupted", seconds);
    log->warn("stopped with {} of {} images done; the same command resumes", folder.images_done(),
              images);
    return ExitCode::kInterrupted;
  }
  folder.close("complete", seconds);
  results.finish(folder.manifest(), std::cout, *log);
  return ExitCode::kDone;
}

bool any_option(const OptionSpec&) { return true; }
bool option_of_predict(const OptionSpec& option) { return option.predicts; }

struct RunArguments {
  std::string config;
  TypedOptions typed;
};

std::shared_ptr<RunArguments> add_arguments(CLI::App& app, bool (*only)(const OptionSpec&)) {
  auto arguments = std::make_shared<RunArguments>();
  app.add_option("--config", arguments->config,
                 "Experiment file that describes one run; other options are over it")
      ->type_name("FILE");
  add_option_flags(app, arguments->typed, only);
  return arguments;
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  const auto arguments = add_arguments(app, any_option);
  app.callback([&app, &exit_code, arguments] {
    if (!app.get_subcommands().empty()) return;
    const OptionSet options =
        only_run(layered_experiment(arguments->config, false, arguments->typed, any_option));
    exit_code = static_cast<int>(run(to_run_options(options)));
  });

  auto* predict = app.add_subcommand(
      "predict", "Classify with the smoothed classifier, or abstain (PREDICT of Cohen et al.)");
  const auto to_predict = add_arguments(*predict, option_of_predict);
  predict->callback([&exit_code, to_predict] {
    OptionSet options = only_run(
        layered_experiment(to_predict->config, false, to_predict->typed, option_of_predict));
    options.set("method", "predict", "predict");
    exit_code = static_cast<int>(run(to_run_options(options)));
  });
}

}  // namespace certify

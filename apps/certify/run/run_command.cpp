#include "apps/certify/commands.h"

#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/run/failed_run.h"
#include "apps/certify/run/open_run.h"
#include "apps/certify/run/progress.h"
#include "apps/certify/run/run_results.h"
#include "apps/certify/run/signals.h"
#include "core/base/errors.h"
#include "core/noise/families.h"
#include "core/plan/expansion.h"
#include "core/report/sources/run_description.h"
#include "core/runs/run_folder.h"
#include "core/sampling/skip_unreadable.h"
#include "data/read_ahead.h"

namespace certify {
namespace {

/// The images that a resumed run still has to do, decoded ahead of the sampler.
ImageSource remaining_images(const OpenRun& run, std::int64_t done) {
  const auto images = std::make_shared<ReadAhead>(
      *run.dataset, std::vector(run.indices.begin() + done, run.indices.end()));
  return [images] { return images->next(); };
}

/// Samples, going on behind unreadable images if that was asked for.
void sample_images(Sampler& sampler, const OpenRun& run, bool skip_unreadable,
                   std::int64_t images_done, const SamplesSink& done, const StopFlag& stop,
                   spdlog::logger& log) {
  const SamplingPlan samples = run.plan.sampling();
  const ImageSource images = remaining_images(run, images_done);
  if (skip_unreadable) {
    SkipUnreadable skipping(sampler, run.plan.settings.classes, [&](const UnreadableImage& image) {
      log.warn("image {} counts as abstained: {}", image.index, image.what());
    });
    return skipping.run(images, samples, done, stop);
  }
  try {
    sampler.run(images, samples, done, stop);
  } catch (const UnreadableImage& image) {
    throw DataError("image {}: {}; --on-error skip counts such images as abstained", image.index,
                    image.what());
  }
}

void announce(const OpenRun& run, const RunFolder& folder, spdlog::logger& log) {
  const RunSettings& s = run.plan.settings;
  const SigmaMap* map = run.plan.map();
  const std::string sigma = map ? describe(*map) : fmt::format("{}", s.sigma);
  const bool on_cube = !kind_of(*s.noise_value().family).empty();
  const std::string level = on_cube ? describe_level(s) : "sigma " + sigma;
  log.info(
      "{} images of {} {}, {} (in units of the [0,1] input), n0 {}, n {}, alpha {}, {}, on {}{}",
      run.indices.size(), s.dataset, s.split, level, s.n0, s.n, s.alpha, s.method, s.device,
      s.precision == Precision::kFp32 ? "" : fmt::format(" in {}", to_string(s.precision)));
  if (run.plan.stopping) {
    log.info("images stop when certified at {}, or when that is out of reach",
             fmt::join(s.stop_at, ", "));
  }
  if (const std::string& note = run.dataset->info().note; !note.empty()) {
    log.warn("{}: {}", run.dataset->info().name, note);
  }
  log.info("run: {}", folder.path().string());
  if (folder.dropped_damaged_line()) {
    log.warn("{}: the last line was damaged and is sampled again",
             (folder.path() / kSamplesFile).string());
  }
  if (folder.images_done() > 0) log.info("resuming: {} images are done", folder.images_done());
}

/// Samples what is missing. @return whether it has warned that answers are at chance
bool sample(const OpenRun& run, const OptionSet& options, RunFolder& folder, RunResults& results,
            const StopFlag& stop, const std::shared_ptr<spdlog::logger>& log) {
  const RunSettings& s = run.plan.settings;
  const std::int64_t missing = static_cast<std::int64_t>(run.indices.size()) - folder.images_done();
  AnswerCount answers(s.classes);
  bool chance_was_said = false;
  Progress progress(
      {missing, s.n0 + s.n, s.n0, s.device, run.plan.stopping != nullptr, options.flag("quiet")},
      log);
  const auto sampler = make_sampler(
      run, [&](std::int64_t k) { progress.add_samples(k); }, log);
  sample_images(
      *sampler, run, options.text("on_error") == "skip", folder.images_done(),
      [&](const ImageSamples& samples) {
        folder.append(samples);
        const Certificate& certificate = results.add(samples);
        progress.add_image();
        answers.add(certificate.predicted, certificate.label);
        if (answers.images() != AnswerCount::kEnoughToTell) return;
        const auto warning = answers.about_chance();
        if (warning) log->warn(*warning);
        chance_was_said = warning.has_value();
      },
      stop, *log);
  return chance_was_said;
}

ExitCode run(const OptionSet& options) {
  const StopFlag& stop = stop_on_signals();
  const auto log = make_logger({options.text("log_format"), options.flag("quiet")});
  const OpenRun run = open_run(options, *log);
  RunResults results(run.plan.settings, run.plan.map());
  RunFolder folder(run.out, run.manifest, run.indices, options.flag("fresh"), run.plan.map(),
                   [&](const ImageSamples& stored) { results.add(stored); });
  announce(run, folder, *log);
  results.begin_rows(folder.path());
  const auto images = static_cast<std::int64_t>(run.indices.size());
  bool chance_was_said = false;
  const double seconds = sample_or_explain(
      folder, images, [&] { chance_was_said = sample(run, options, folder, results, stop, log); });
  if (folder.images_done() < images) {
    folder.close("interrupted", seconds);
    log->warn("stopped with {} of {} images done; the same command resumes", folder.images_done(),
              images);
    return ExitCode::kInterrupted;
  }
  folder.close("complete", seconds);
  results.finish(folder.manifest(), std::cout, *log, chance_was_said);
  return ExitCode::kDone;
}

bool option_of_predict(const OptionSpec& option) { return option.predicts; }

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  const auto arguments = add_run_arguments(app, any_option);
  app.callback([&app, &exit_code, arguments] {
    if (!app.get_subcommands().empty()) return;
    const OptionSet options =
        only_run(layered_experiment(arguments->config, false, arguments->typed, any_option));
    exit_code = static_cast<int>(run(options));
  });

  auto* predict = add_network_command(app, "predict");
  const auto to_predict = add_run_arguments(*predict, option_of_predict);
  predict->callback([&exit_code, to_predict] {
    OptionSet options = only_run(
        layered_experiment(to_predict->config, false, to_predict->typed, option_of_predict));
    options.set("method", "predict", "predict");
    exit_code = static_cast<int>(run(options));
  });
}

}  // namespace certify

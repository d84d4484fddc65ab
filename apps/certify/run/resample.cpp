#include "apps/certify/run/resample.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/certify/logging.h"
#include "apps/certify/results/row_claims.h"
#include "apps/certify/run/open_run.h"
#include "apps/certify/run/signals.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/methods/catalogue.h"
#include "core/plan/certifier.h"
#include "core/report/sources/run_description.h"
#include "core/runs/run_folder.h"
#include "core/sampling/skip_unreadable.h"
#include "data/read_ahead.h"
#include "models/libtorch_settings.h"

namespace certify {
namespace {

/// Positions of the images, one in each of `count` equal parts of the run.
std::set<std::int64_t> chosen(std::int64_t images, std::int64_t count, std::uint64_t seed,
                              const std::string& records_sha256) {
  count = std::min(count, images);
  std::set<std::int64_t> positions;
  for (std::int64_t part = 0; part < count; ++part) {
    const std::int64_t first = part * images / count, end = (part + 1) * images / count;
    const std::string hash = sha256_of(fmt::format("{} {} {}", records_sha256, seed, part));
    const std::uint64_t number = std::stoull(hash.substr(0, 15), nullptr, 16);
    positions.insert(first +
                     static_cast<std::int64_t>(number % static_cast<std::uint64_t>(end - first)));
  }
  return positions;
}

std::vector<ImageSamples> records_named(const ResampleRequest& request, const Manifest& manifest) {
  std::set<std::int64_t> missing = request.indices;
  std::vector<ImageSamples> records;
  read_sample_log(request.run / kSamplesFile, record_shape(manifest.settings),
                  [&](ImageSamples samples) {
                    if (missing.erase(samples.index) > 0) records.push_back(std::move(samples));
                  });
  if (missing.empty()) return records;
  throw DataError("{}: no samples of image {}; the run has {}", request.run.string(),
                  *missing.begin(), describe_slice(manifest));
}

std::vector<ImageSamples> records_at(const ResampleRequest& request, const Manifest& manifest) {
  if (!request.indices.empty()) return records_named(request, manifest);
  const auto file = request.run / kSamplesFile;
  const RecordShape shape = record_shape(manifest.settings);
  SampleLogReader counting(file, shape, SampleLogReader::Beside::kLeave);
  while (counting.next()) {
  }
  const SampleLogState& log = counting.state();
  const auto positions = chosen(log.records, request.images, request.seed, log.hash.hex());
  std::vector<ImageSamples> records;
  std::int64_t position = 0;
  read_sample_log(file, shape, [&](ImageSamples samples) {
    if (positions.contains(position++)) records.push_back(std::move(samples));
  });
  return records;
}

/// The plan that the settings of a run come from. Masks are only known by their hashes.
RunPlan plan_of(const ResampleRequest& request, const RunSettings& settings) {
  Plan plan;
  plan.method = &find_method(settings.method);
  plan.settings = settings;
  plan.settings.masks.clear();
  return complete(plan, {settings.dataset_sha256, request.data->info().shape, settings.classes},
                  sigma_map_of(request.run, settings), {});
}

/// What of the device and its arithmetic is not as the run had it.
std::vector<std::string> what_differs(const OpenRun& now, const Manifest& then) {
  std::vector<std::string> lines = differences(then.settings, now.plan.settings);
  std::erase_if(lines, [](const std::string& line) {
    return !line.starts_with("device:") && !line.starts_with("libtorch:");
  });
  if (then.settings.batch_dependent) lines.emplace_back("answers depend on the batch");
  const auto& here = now.manifest.sessions.at(0).environment;
  for (const RunSession& session : then.sessions) {
    // Versions before this key computed some convolutions otherwise.
    const char* const key = "engine_convolutions";
    const nlohmann::ordered_json none;
    const auto there = session.environment.value(key, none), now_is = here.value(key, none);
    if (there == now_is || (there.is_null() && then.settings.device != "cpu")) continue;
    lines.push_back(fmt::format("{}: {} there, {} now", key, there.dump(), now_is.dump()));
    break;
  }
  return lines;
}

bool same_floats(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

/// "estimation: 4 of 1000 votes are others: class 3 has 940, drawn again 936"; the class is the one
/// that differs most. Empty where all votes are the same.
std::string compare(const char* phase, const ClassCounts& stored, const ClassCounts& again) {
  const auto apart = [&](std::size_t k) { return stored.votes[k] - again.votes[k]; };
  std::int64_t others = std::max<std::int64_t>(0, stored.invalid - again.invalid);
  std::size_t most = 0;
  for (std::size_t k = 0; k < stored.votes.size(); ++k) {
    others += std::max<std::int64_t>(0, apart(k));
    if (std::abs(apart(k)) > std::abs(apart(most))) most = k;
  }
  if (stored.votes == again.votes && stored.invalid == again.invalid) return "";
  const std::string begin =
      fmt::format("{}: {} of {} votes are others: ", phase, others, stored.total());
  if (stored.votes == again.votes) {
    return begin +
           fmt::format("{} samples are invalid, drawn again {}", stored.invalid, again.invalid);
  }
  return begin + fmt::format("class {} has {}, drawn again {}", most, stored.votes[most],
                             again.votes[most]);
}

/// "; these certify 0.391 of class 7, those drawn again nothing". Empty where the records do not
/// fit together, so that nothing follows from them.
std::string compare_certificates(const Certifier& certify, const ImageSamples& stored,
                                 const ImageSamples& again) {
  const auto said = [&](const ImageSamples& samples) {
    const Certificate c = certify(samples);
    return c.abstained() ? std::string("nothing") : describe_radius(c.radius, c.predicted);
  };
  try {
    const std::string one = said(stored), other = said(again);
    if (one == other) return fmt::format("; both certify {}", one);
    return fmt::format("; these certify {}, those drawn again {}", one, other);
  } catch (const Error&) {
    return "";
  }
}

std::string compare(const ImageSamples& stored, const ImageSamples& again, bool masks) {
  if (stored.label != again.label) {
    return fmt::format("label is {}, the data has {}", stored.label, again.label);
  }
  std::string what = compare("selection", stored.selection, again.selection);
  if (what.empty()) what = compare("estimation", stored.estimation, again.estimation);
  if (!what.empty()) return what;
  if (stored.stopped != again.stopped) return "it was stopped for another reason";
  if (stored.trace.tested != again.trace.tested ||
      stored.trace.candidates != again.trace.candidates ||
      !same_floats(stored.trace.values, again.trace.values) ||
      stored.trace.selection_means != again.trace.selection_means ||
      stored.histogram != again.histogram || !same_floats(stored.logits, again.logits)) {
    return "votes are the same, but kept scores are not";
  }
  GradientStatistics there = stored.gradient, here = again.gradient;
  if (masks) there.subspaces = here.subspaces = {};
  return there == here ? "" : "votes are the same, but averages of the noise are not";
}

class Resampling {
 public:
  explicit Resampling(const ResampleRequest& request)
      : request_(request),
        manifest_(manifest_of(request.run)),
        map_(sigma_map_of(request.run, manifest_.settings)),
        certify_(manifest_.settings, map_ ? &*map_ : nullptr) {}

  VerifyReport run() {
    records_ = records_at(request_, manifest_);
    open();
    draw();
    return std::move(report_);
  }

 private:
  void open() {
    run_.plan = plan_of(request_, manifest_.settings);
    run_.manifest.sessions.resize(1);
    const std::string device =
        request_.device.empty() ? manifest_.settings.device : request_.device;
    run_.allow_native_code = request_.allow_native_code;
    run_.denoiser = run_.plan.settings.denoiser_in(request_.denoiser);
    load_on_devices(request_.model, devices_of(device), request_.workers, request_.data->info(),
                    run_, *log_);
    if (run_.plan.settings.classes != manifest_.settings.classes) {
      throw DataError("{}: answers with {} classes, the run's model with {}",
                      request_.model.string(), run_.plan.settings.classes,
                      manifest_.settings.classes);
    }
    differing_ = what_differs(run_, manifest_);
  }

  std::vector<std::string> devices_of(const std::string& device) const {
    try {
      return resolve_devices(device);
    } catch (const Error& error) {
      if (!request_.device.empty()) throw;
      throw DataError(
          "{}: was sampled on {}, which is not here ({}); --device cpu draws on the CPU",
          request_.run.string(), device, error.what());
    }
  }

  void draw() {
    std::vector<std::int64_t> indices;
    for (const ImageSamples& record : records_) indices.push_back(record.index);
    ReadAhead images(*request_.data, indices);
    const auto sampler = make_sampler(
        run_, [](std::int64_t) {}, log_);
    SkipUnreadable skipping(*sampler, run_.plan.settings.classes, [](const UnreadableImage&) {});
    std::size_t done = 0;
    const StopFlag& stop = stop_on_signals();
    skipping.run([&] { return images.next(); }, run_.plan.sampling(),
                 [&](const ImageSamples& again) { check(records_[done++], again); }, stop);
    report_.notes.push_back(fmt::format(
        "{}: samples of {} image{} drawn again, {}: {}", request_.run.string(), done,
        done == 1 ? "" : "s",
        differ_ == 0 ? "all equal to those stored" : fmt::format("{} not as stored", differ_),
        fmt::join(indices, ", ")));
    if (unanimous_ > 0) {
      report_.notes.push_back(fmt::format(
          "{}: of {} of these images all samples are of one class, as they may be at another sigma "
          "or of another network, too",
          request_.run.string(), unanimous_));
    }
    if (done < records_.size()) throw DataError("stopped before all images were drawn again");
  }

  void check(const ImageSamples& stored, const ImageSamples& again) {
    unanimous_ += std::ranges::count(again.estimation.votes, again.estimation.total());
    std::string what = compare(stored, again, !manifest_.settings.masks.empty());
    if (what.empty()) return;
    ++differ_;
    const bool certifies = manifest_.settings.method != "predict";
    if (certifies && stored.label == again.label)
      what += compare_certificates(certify_, stored, again);
    const std::string where = (request_.run / kSamplesFile).string();
    if (differing_.empty()) {
      report_.findings.push_back({where, fmt::format("image {}: {}", stored.index, what)});
      return;
    }
    ++report_.unsettled;
    report_.notes.push_back(
        fmt::format("{}: image {}: {}; last votes may differ where the arithmetic does ({})", where,
                    stored.index, what, fmt::join(differing_, "; ")));
  }

  const ResampleRequest& request_;
  Manifest manifest_;
  std::optional<SigmaMap> map_;
  Certifier certify_;
  std::shared_ptr<spdlog::logger> log_ = make_logger({"text", true});
  std::vector<ImageSamples> records_;
  OpenRun run_;
  std::vector<std::string> differing_;
  std::int64_t differ_ = 0, unanimous_ = 0;  ///< images
  VerifyReport report_;
};

}  // namespace

VerifyReport resample(const ResampleRequest& request) { return Resampling(request).run(); }

}  // namespace certify

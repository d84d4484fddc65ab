#include "apps/certify/recertify/stored_samples.h"

#include <utility>

#include <fmt/format.h>

#include "apps/certify/logging.h"
#include "core/base/errors.h"
#include "core/runs/run_folder.h"
#include "core/runs/samples/count_file.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

StoredSamples open_run(const RecertifyOptions& o) {
  const Manifest manifest = manifest_of(o.run);
  const RunSettings& s = manifest.settings;
  if (manifest.state != "complete") {
    make_logger({})->warn("{}: the run is not finished ({}); what is there is used", o.run,
                          manifest.state);
  }
  if (o.sigma && !s.sigma_map.empty()) {
    throw InputError(fmt::format("--sigma {}: the samples of {} were drawn with a map of sigma",
                                 *o.sigma, o.run));
  }
  if (o.sigma && *o.sigma != s.sigma) {
    throw InputError(fmt::format("--sigma {}: the samples of {} were drawn with sigma {}", *o.sigma,
                                 o.run, s.sigma));
  }
  return {fs::path(o.run).filename().string(),
          fs::path(o.run) / kSamplesFile,
          s.noise_value(),
          s.alpha,
          s.select,
          s.scores,
          sigma_map_of(o.run, s),
          s.sigma_map_seen,
          s.stop_at.empty() ? 0 : s.n,
          [run = fs::path(o.run), manifest](const auto& each) {
            std::int64_t images = 0;
            read_run(run, [&](ImageSamples samples) {
              ++images;
              each(std::move(samples));
            });
            // Fewer images than were sampled would be another denominator.
            if (manifest.state == "complete" && images != manifest.images) {
              throw DataError(fmt::format("{}: {} images, but the run was complete with {}",
                                          (run / kSamplesFile).string(), images, manifest.images));
            }
          }};
}

StoredSamples open_counts(const RecertifyOptions& o) {
  if (!o.sigma)
    throw InputError("--counts needs --sigma: the noise that the counts were drawn with");
  return {fs::path(o.counts).stem().string(),
          o.counts,
          {&default_noise_family(), *o.sigma},
          0.001,
          Selection::kSame,
          {},
          {},
          {},
          0,
          [file = fs::path(o.counts)](const auto& each) { read_count_file(file, each); }};
}

}  // namespace

StoredSamples open_stored_samples(const RecertifyOptions& o) {
  if (o.run.empty() == o.counts.empty()) throw InputError("give either a run or --counts FILE");
  return o.run.empty() ? open_counts(o) : open_run(o);
}

}  // namespace certify

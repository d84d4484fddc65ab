#include "apps/certify/recertify/stored_samples.h"

#include <utility>

#include "apps/certify/logging.h"
#include "core/base/errors.h"
#include "core/noise/families.h"
#include "core/runs/digest.h"
#include "core/runs/run_folder.h"
#include "core/runs/samples/count_file.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

StoredSamples open_run(const RecertifyOptions& o) {
  const Manifest manifest = manifest_of(o.run);
  const RunSettings& s = manifest.settings;
  if (manifest.state != "complete") {
    make_logger({})->warn("{}: the run is not finished ({}); what is there of {} images is used",
                          o.run, manifest.state, manifest.images);
  }
  return {fs::path(o.run) / kSamplesFile,
          sigma_map_of(o.run, s),
          s.sigma_map_seen,
          s.batch_dependent,
          {.name = fs::path(o.run).filename().string(),
           .noise = s.noise_value(),
           .noise_alpha = s.method_options().noise_alpha,
           .alpha = s.alpha,
           .select = s.select,
           .scores = s.scores,
           .gradient = s.gradient,
           .n_if_stopped = s.stop_at.empty() ? 0 : s.n},
          [run = fs::path(o.run), manifest](const auto& each) {
            const SampleLogState log =
                read_sample_log(run / kSamplesFile, record_shape(manifest.settings), each);
            // Fewer images than were sampled would be another denominator.
            if (manifest.state == "complete" && log.records != manifest.images) {
              throw DataError("{}: {} images, but the run was complete with {}",
                              (run / kSamplesFile).string(), log.records, manifest.images);
            }
            check_digest(run, manifest, log.hash.hex());
          }};
}

StoredSamples open_counts(const RecertifyOptions& o) {
  if (!o.sigma)
    throw InputError("--counts needs --sigma: the noise that the counts were drawn with");
  return {o.counts,
          {},
          {},
          false,
          {.name = fs::path(o.counts).stem().string(), .noise = {&plain_noise_family(), *o.sigma}},
          [file = fs::path(o.counts)](const auto& each) { read_count_file(file, each); }};
}

}  // namespace

StoredSamples open_stored_samples(const RecertifyOptions& o) {
  if (o.run.empty() == o.counts.empty()) throw InputError("give either a run or --counts FILE");
  return o.run.empty() ? open_counts(o) : open_run(o);
}

}  // namespace certify

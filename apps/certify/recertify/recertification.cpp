#include "apps/certify/recertify/recertification.h"

#include <string>
#include <utility>

#include "core/methods/certify_many.h"
#include "core/report/logs/cohen_log.h"
#include "core/sampling/statistics/first_samples.h"
#include "core/sampling/statistics/score_keeper.h"
#include "core/sampling/statistics/subsample.h"

namespace certify {
namespace {

ImageSamples votes_drawn(const ImageSamples& samples, const RecertifyPlan& plan) {
  ImageSamples drawn;
  drawn.index = samples.index;
  drawn.label = samples.label;
  drawn.selection = samples.selection;
  drawn.estimation = subsample(samples.estimation, plan.n, plan.seed, samples.index);
  drawn.seconds = samples.seconds;
  return drawn;
}

std::size_t bytes_of(const ImageSamples& samples) {
  return 1024 + samples.trace.values.size() * sizeof(float) +
         samples.histogram.counts.size() * sizeof(std::int64_t);
}

}  // namespace

Recertified certify_all(const StoredSamples& source, const RecertifyPlan& plan) {
  constexpr std::size_t kChunk = 128 << 20;  // bytes of samples in memory, however many there are
  const std::vector<const Method*>& methods = plan.methods;
  Recertified out;
  out.logs.resize(methods.size());
  out.certificates.resize(methods.size());
  std::vector<ImageSamples> chunk, drawn_votes;
  std::size_t bytes = 0;
  const auto flush = [&] {
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const bool on_votes = methods[m]->needs == SampleNeeds::kCounts;
      const auto& samples = plan.draws_votes && on_votes ? drawn_votes : chunk;
      for (const Certificate& c : certify_many(samples, *methods[m], plan.options)) {
        out.logs[m].rows.push_back(to_radius_row(c));
        out.certificates[m].push_back(c);
      }
    }
    chunk.clear();
    drawn_votes.clear();
    bytes = 0;
  };
  source.read([&](ImageSamples samples) {
    if (plan.n > 0 && !samples.logits.empty()) keep_first(samples, plan.n);
    trace_from_logits(samples, plan.options.selection, plan.link, plan.temperature);
    if (plan.draws_votes) {
      drawn_votes.push_back(votes_drawn(samples, plan));
      if (!samples.trace.empty()) keep_first(samples, plan.n);
    }
    bytes += bytes_of(samples);
    chunk.push_back(std::move(samples));
    if (bytes >= kChunk) flush();
  });
  flush();
  for (std::size_t m = 0; m < methods.size(); ++m) {
    out.logs[m].name = methods[m]->name;
    out.logs[m].methods = {std::string(methods[m]->name)};
  }
  return out;
}

}  // namespace certify

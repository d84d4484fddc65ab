#include "apps/certify/recertify/recertification.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/methods/catalogue.h"
#include "core/methods/certify_many.h"
#include "core/methods/counts/cohen.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/report/logs/cohen_log.h"
#include "core/sampling/statistics/first_samples.h"
#include "core/sampling/statistics/score_keeper.h"
#include "core/sampling/statistics/subsample.h"

namespace certify {
namespace {

/// A matrix becomes a trace of the class under test.
void prepare(ImageSamples& samples, const StoredSamples& source, const RecertifyOptions& o,
             Selection select) {
  if (samples.logits.empty()) return;
  if (o.n > 0) keep_first(samples, o.n);
  trace_from_logits(samples, class_under_test(samples, select),
                    o.score_link.empty() ? source.scores.link : parse_score_link(o.score_link),
                    o.temperature > 0 ? o.temperature : source.scores.temperature);
  samples.logits.clear();
}

ImageSamples votes_drawn(const ImageSamples& samples, const RecertifyOptions& o) {
  ImageSamples drawn;
  drawn.index = samples.index;
  drawn.label = samples.label;
  drawn.selection = samples.selection;
  drawn.estimation = subsample(samples.estimation, o.n, o.seed, samples.index);
  drawn.seconds = samples.seconds;
  return drawn;
}

std::size_t bytes_of(const ImageSamples& samples) {
  return 1024 + samples.trace.values.size() * sizeof(float) +
         samples.histogram.counts.size() * sizeof(std::int64_t);
}

void require_kept(const Method& method, const ImageSamples& samples, const RecertifyOptions& o) {
  if (method.needs != SampleNeeds::kCounts && o.n > 0 && !samples.histogram.empty()) {
    throw InputError(
        fmt::format("{}: --n takes the first scores in the order drawn, and a histogram has no "
                    "order; sample with --scores trace",
                    method.name));
  }
  if (method.needs == SampleNeeds::kGradient && o.n > 0) {
    throw InputError(fmt::format("{}: averages of the noise are of all n samples", method.name));
  }
  if (method.needs == SampleNeeds::kGradient && samples.gradient.empty()) {
    throw DataError(
        fmt::format("{}: needs averages of the noise, which were not kept; sample with --gradient",
                    method.name));
  }
  const bool trace = !samples.trace.empty(), histogram = trace || !samples.histogram.empty();
  if (method.needs == SampleNeeds::kTrace && !trace) {
    throw DataError(
        fmt::format("{}: needs scores in the order drawn, which were not kept; sample "
                    "with --scores trace",
                    method.name));
  }
  if (method.needs == SampleNeeds::kHistogram && !histogram) {
    throw DataError(
        fmt::format("{}: needs scores, which were not kept; sample with --scores "
                    "histogram or trace",
                    method.name));
  }
}

}  // namespace

std::vector<const Method*> chosen_methods(const StoredSamples& source, const RecertifyOptions& o) {
  const bool stopped = source.n_if_stopped > 0;
  std::vector<const Method*> methods;
  for (const std::string& name : o.methods) {
    methods.push_back(&find_method(name));
    if (stopped) require_optional_stopping(*methods.back());
  }
  if (methods.empty()) methods.push_back(stopped ? &kCohenSequential : &kCohen);
  return methods;
}

void check_n(const StoredSamples& source, const RecertifyOptions& o) {
  if (o.n < 0) throw InputError(fmt::format("--n {}: must be at least 1", o.n));
  if (o.n > 0 && source.n_if_stopped > 0) {
    throw InputError(fmt::format(
        "--n {}: the samples of {} decided how many of them were drawn (--stop-at), so some of "
        "them are not a sample of that size",
        o.n, source.name));
  }
}

bool draws_votes(const StoredSamples& source, const RecertifyOptions& o) {
  return o.n > 0 && source.scores.keep != ScoreKeeping::kMatrix;
}

Recertified certify_all(const StoredSamples& source, const std::vector<const Method*>& methods,
                        const MethodOptions& options, const RecertifyOptions& o) {
  constexpr std::size_t kChunk = 128 << 20;  // bytes of samples in memory, however many there are
  Recertified out;
  out.logs.resize(methods.size());
  out.certificates.resize(methods.size());
  const bool drawn = draws_votes(source, o);
  std::vector<ImageSamples> chunk, drawn_votes;
  std::size_t bytes = 0;
  const auto flush = [&] {
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const bool on_votes = methods[m]->needs == SampleNeeds::kCounts;
      const auto& samples = drawn && on_votes ? drawn_votes : chunk;
      for (const Certificate& c : certify_many(samples, *methods[m], options)) {
        out.logs[m].rows.push_back(to_radius_row(c));
        out.certificates[m].push_back(c);
      }
    }
    chunk.clear();
    drawn_votes.clear();
    bytes = 0;
  };
  source.read([&](ImageSamples samples) {
    prepare(samples, source, o, options.selection);
    for (const Method* method : methods) require_kept(*method, samples, o);
    if (drawn) {
      drawn_votes.push_back(votes_drawn(samples, o));
      if (!samples.trace.empty()) keep_first(samples, o.n);
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

#include "core/runs/samples/score_file.h"

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/samples/npy.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

fs::path score_file(const fs::path& folder, std::int64_t index) {
  return folder / "scores" / fmt::format("{}.npy", index);
}

/// Rows of a trace lie in the simplex: their columns, where all classes are listed, sum to 1.
void check_trace(const ScoreTrace& trace, int classes) {
  constexpr double kRowSumTolerance = 1e-3;  // rounding of a thousand floats
  const bool all_listed = static_cast<int>(trace.candidates.size()) + 1 == classes;
  const auto width = static_cast<std::size_t>(trace.columns());
  for (std::size_t at = 0; at < trace.values.size(); at += width) {
    double sum = 0;
    for (std::size_t c = at; c < at + width; ++c) {
      const float value = trace.values[c];
      if (!(0 <= value && value <= 1)) {
        throw DataError(fmt::format("row {}: a score of {}, not in [0, 1]", at / width, value));
      }
      sum += static_cast<double>(value);
    }
    if (sum > 1 + kRowSumTolerance || (all_listed && sum < 1 - kRowSumTolerance)) {
      throw DataError(fmt::format("row {}: scores sum to {}, expected 1", at / width, sum));
    }
  }
}

void check_histogram(const ScoreHistogram& histogram, std::int64_t n) {
  for (int r = 0; r <= histogram.columns(); ++r) {
    std::int64_t sum = 0;
    for (const std::int64_t count : histogram.row(r)) {
      if (count < 0 || count > n - sum) {
        throw DataError(fmt::format("row {}: counts do not sum to {}", r, n));
      }
      sum += count;
    }
    if (sum != n) throw DataError(fmt::format("row {}: counts sum to {}, expected {}", r, sum, n));
  }
}

}  // namespace

std::optional<ScoreEntry> write_scores(const fs::path& folder, const ImageSamples& samples) {
  ScoreEntry entry;
  std::string bytes;
  if (!samples.trace.empty()) {
    const ScoreTrace& trace = samples.trace;
    bytes = to_npy(std::span<const float>(trace.values), trace.rows(), trace.columns());
    entry = {trace.tested, trace.candidates, trace.selection_means, ""};
  } else if (!samples.histogram.empty()) {
    const ScoreHistogram& histogram = samples.histogram;
    bytes = to_npy(std::span<const std::int64_t>(histogram.counts), histogram.columns() + 1,
                   histogram.bins + 1);
    entry = {histogram.tested, histogram.candidates, {}, ""};
  } else if (!samples.logits.empty()) {
    const std::int64_t classes = samples.estimation.num_classes();
    bytes = to_npy(std::span<const float>(samples.logits),
                   static_cast<std::int64_t>(samples.logits.size()) / classes, classes);
  } else {
    return std::nullopt;
  }
  entry.sha256 = sha256_of(bytes);
  const fs::path file = score_file(folder, samples.index);
  create_folder(file.parent_path());
  replace_file(file, bytes);
  return entry;
}

void read_scores(const fs::path& folder, const ScorePlan& plan, const ScoreEntry& entry,
                 std::int64_t n, int classes, ImageSamples& samples) {
  const fs::path file = score_file(folder, samples.index);
  std::error_code error;
  if (!fs::exists(file, error)) throw DataError(fmt::format("{}: is missing", file.string()));
  const std::string bytes = read_file(file);  // IoError is no damage: the file may be whole
  try {
    if (sha256_of(bytes) != entry.sha256) throw DataError("damaged: its hash is not the record's");
    const auto columns = static_cast<std::int64_t>(entry.candidates.size()) + 2;
    if (plan.keep == ScoreKeeping::kTrace) {
      samples.trace = {entry.tested, entry.candidates, floats_from_npy(bytes, n, columns),
                       entry.selection_means};
      check_trace(samples.trace, classes);
    } else if (plan.keep == ScoreKeeping::kHistogram) {
      samples.histogram = {entry.tested, entry.candidates, plan.bins,
                           integers_from_npy(bytes, columns + 1, plan.bins + 1)};
      check_histogram(samples.histogram, n);
    } else {
      samples.logits = floats_from_npy(bytes, n, classes);
    }
  } catch (const DataError& reason) {
    throw DataError(fmt::format("{}: {}", file.string(), reason.what()));
  }
}

}  // namespace certify

#include "core/runs/samples/score_file.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/npy.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

fs::path file_of(const fs::path& folder, const char* kind, std::int64_t index) {
  return folder / kind / fmt::format("{}.npy", index);
}

/// @return the file's SHA-256
std::string write(const fs::path& file, const std::string& bytes) {
  create_folder(file.parent_path());
  replace_file(file, bytes);
  return sha256_of(bytes);
}

/// Calls `take` on the bytes, if they are those that the record names.
template <class Take>
void read(const fs::path& file, const std::string& sha256, const Take& take) {
  std::error_code error;
  if (!fs::exists(file, error)) throw DataError("{}: is missing", file.string());
  const std::string bytes = read_file(file);  // IoError is no damage: the file may be whole
  try {
    if (sha256_of(bytes) != sha256) throw DataError("damaged: its hash is not the record's");
    take(bytes);
  } catch (const DataError& reason) {
    throw DataError("{}: {}", file.string(), reason.what());
  }
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
        throw DataError("row {}: a score of {}, not in [0, 1]", at / width, value);
      }
      sum += static_cast<double>(value);
    }
    if (sum > 1 + kRowSumTolerance || (all_listed && sum < 1 - kRowSumTolerance)) {
      throw DataError("row {}: scores sum to {}, expected 1", at / width, sum);
    }
  }
}

void check_histogram(const ScoreHistogram& histogram, std::int64_t n) {
  for (int r = 0; r <= histogram.columns(); ++r) {
    std::int64_t sum = 0;
    for (const std::int64_t count : histogram.row(r)) {
      if (count < 0 || count > n - sum) throw DataError("row {}: counts do not sum to {}", r, n);
      sum += count;
    }
    if (sum != n) throw DataError("row {}: counts sum to {}, expected {}", r, sum, n);
  }
}

/// As the record has it, in double precision; the mean is kept in single.
void check_largest(const GradientStatistics& gradient) {
  float largest = 0;
  for (const float entry : gradient.mean) largest = std::max(largest, std::abs(entry));
  if (!(largest == static_cast<float>(gradient.largest))) {
    throw DataError("its largest entry is {}, the record's {}", largest, gradient.largest);
  }
}

}  // namespace

std::optional<ScoreEntry> write_scores(const fs::path& folder, const ImageSamples& samples) {
  ScoreEntry entry;
  std::string bytes;
  if (!samples.trace.empty()) {
    const ScoreTrace& trace = samples.trace;
    bytes = to_npy(trace.values, {trace.rows(), trace.columns()});
    entry = {trace.tested, trace.candidates, trace.selection_means, ""};
  } else if (!samples.histogram.empty()) {
    const ScoreHistogram& histogram = samples.histogram;
    bytes = to_npy(histogram.counts, {histogram.columns() + 1, histogram.bins + 1});
    entry = {histogram.tested, histogram.candidates, {}, ""};
  } else if (!samples.logits.empty()) {
    const std::int64_t classes = samples.estimation.num_classes();
    bytes = to_npy(samples.logits,
                   {static_cast<std::int64_t>(samples.logits.size()) / classes, classes});
  } else {
    return std::nullopt;
  }
  entry.sha256 = write(file_of(folder, "scores", samples.index), bytes);
  return entry;
}

void read_scores(const fs::path& folder, const ScorePlan& plan, const ScoreEntry& entry,
                 std::int64_t n, int classes, ImageSamples& samples) {
  const auto columns = static_cast<std::int64_t>(entry.candidates.size()) + 2;
  read(file_of(folder, "scores", samples.index), entry.sha256, [&](const std::string& bytes) {
    if (plan.keep == ScoreKeeping::kTrace) {
      samples.trace = {entry.tested, entry.candidates, from_npy<float>(bytes, {n, columns}),
                       entry.selection_means};
      check_trace(samples.trace, classes);
    } else if (plan.keep == ScoreKeeping::kHistogram) {
      samples.histogram = {entry.tested, entry.candidates, plan.bins,
                           from_npy<std::int64_t>(bytes, {columns + 1, plan.bins + 1})};
      check_histogram(samples.histogram, n);
    } else {
      samples.logits = from_npy<float>(bytes, {n, classes});
    }
  });
}

std::string write_gradient(const fs::path& folder, const ImageSamples& samples) {
  const std::vector<float>& mean = samples.gradient.mean;
  if (mean.empty()) return {};
  return write(file_of(folder, "gradients", samples.index),
               to_npy(mean, {1, static_cast<std::int64_t>(mean.size())}));
}

void read_gradient(const fs::path& folder, const std::string& sha256, ImageSamples& samples) {
  read(file_of(folder, "gradients", samples.index), sha256, [&](const std::string& bytes) {
    samples.gradient.mean = from_npy<float>(bytes, {1, samples.gradient.dimension});
    check_largest(samples.gradient);
  });
}

}  // namespace certify

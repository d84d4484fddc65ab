#include "core/verify/files/score_columns.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>
#include <span>

namespace certify::checker {
namespace {

constexpr int kBins = 1024;  ///< of a trace, for the bound on histograms

/// The Euclidean projection onto the simplex (Martins & Astudillo 2016): what is left of each above
/// a level at which they sum to 1.
void sparsemax(std::vector<Real>& z) {
  std::vector<Real> falling = z;
  std::sort(falling.begin(), falling.end(), std::greater<>());
  Real sum = 0;
  Real level = 0;
  for (std::size_t k = 1; k <= falling.size(); ++k) {
    sum += falling[k - 1];
    if (1 + static_cast<Real>(k) * falling[k - 1] > sum) level = (sum - 1) / static_cast<Real>(k);
  }
  for (Real& value : z) value = std::max<Real>(0, value - level);
}

void softmax(std::vector<Real>& z) {
  const Real most = *std::max_element(z.begin(), z.end());
  for (Real& value : z) value = std::exp(value - most);
  const Real sum = std::accumulate(z.begin(), z.end(), Real{0});
  for (Real& value : z) value /= sum;
}

/// Scores are kept as floats, so they are rounded to floats here.
void append_row(std::span<const float> logits, const ScorePlan& plan, int tested,
                const std::vector<int>& candidates, std::vector<float>& rows) {
  std::vector<Real> z;
  for (const float logit : logits) z.push_back(static_cast<Real>(logit) / plan.temperature);
  plan.link == ScoreLink::kSoftmax ? softmax(z) : sparsemax(z);
  const auto kept = [&](int c) {
    return std::min(1.0F, static_cast<float>(z[static_cast<std::size_t>(c)]));
  };
  rows.push_back(kept(tested));
  for (const int c : candidates) rows.push_back(kept(c));
  float rest = 0;
  for (int c = 0; c < static_cast<int>(z.size()); ++c) {
    const bool listed =
        c == tested || std::find(candidates.begin(), candidates.end(), c) != candidates.end();
    if (!listed) rest = std::max(rest, kept(c));
  }
  rows.push_back(rest);
}

std::vector<float> rows_of_logits(const ImageSamples& samples, const ScorePlan& plan, int tested,
                                  const std::vector<int>& candidates) {
  const auto classes = static_cast<std::size_t>(samples.estimation.num_classes());
  std::vector<float> rows;
  for (std::size_t first = 0; first < samples.logits.size(); first += classes) {
    const auto row = std::span(samples.logits).subspan(first, classes);
    if (std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); })) {
      append_row(row, plan, tested, candidates, rows);
    } else {  // a rival that has it all
      rows.resize(rows.size() + candidates.size() + 1, 0);
      rows.push_back(1);
    }
  }
  return rows;
}

/// Each bin's values moved to its safe edge.
Column from_counts(std::span<const std::int64_t> counts, bool mirrored) {
  const std::vector<float> edges = bin_edges(static_cast<int>(counts.size()) - 1);
  Column column;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    if (counts[b] == 0) continue;
    const Real upper = b + 1 < edges.size() ? static_cast<Real>(edges[b + 1]) : 1;
    column.push_back({mirrored ? 1 - upper : static_cast<Real>(edges[b]), counts[b]});
  }
  return column;
}

std::vector<std::int64_t> counted(const std::vector<Real>& values) {
  const std::vector<float> edges = bin_edges(kBins);
  std::vector<std::int64_t> counts(edges.size());
  for (const Real value : values) {
    const auto above = std::upper_bound(edges.begin(), edges.end(), value);
    ++counts[static_cast<std::size_t>(above - edges.begin()) - 1];
  }
  return counts;
}

}  // namespace

std::vector<int> candidates_of(const ClassCounts& selection, int tested) {
  std::vector<std::pair<std::int64_t, int>> ranked;  // votes, falling; class
  for (int c = 0; c < selection.num_classes(); ++c) {
    if (c != tested) ranked.emplace_back(-selection.votes[static_cast<std::size_t>(c)], c);
  }
  if (selection.votes.size() > 16) {
    std::sort(ranked.begin(), ranked.end());
    std::erase_if(ranked, [](const auto& entry) { return entry.first == 0; });
    ranked.resize(std::min<std::size_t>(8, ranked.size()));
  }
  std::vector<int> candidates;
  for (const auto& [votes, c] : ranked) candidates.push_back(c);
  std::sort(candidates.begin(), candidates.end());
  return candidates;
}

ClassCounts votes_of(std::span<const float> logits, int classes) {
  ClassCounts counts;
  counts.votes.resize(static_cast<std::size_t>(classes));
  for (; !logits.empty(); logits = logits.subspan(counts.votes.size())) {
    const auto row = logits.first(counts.votes.size());
    if (std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); })) {
      ++counts.votes[static_cast<std::size_t>(std::max_element(row.begin(), row.end()) -
                                              row.begin())];
    } else {
      ++counts.invalid;
    }
  }
  return counts;
}

std::vector<float> bin_edges(int bins) {
  std::vector<float> edges;
  for (int b = 0; b <= bins; ++b) {
    const Real root = std::sin(std::numbers::pi_v<Real> * b / (2.0L * bins));
    edges.push_back(static_cast<float>(root * root));
  }
  return edges;
}

ScoreColumns::ScoreColumns(const ImageSamples& samples, const ScorePlan& plan, int tested) {
  if (!samples.logits.empty()) {
    const std::vector<int> candidates = candidates_of(samples.selection, tested);
    tested_ = tested;
    width_ = static_cast<int>(candidates.size()) + 2;
    rows_ = rows_of_logits(samples, plan, tested, candidates);
  } else if (!samples.trace.empty()) {
    tested_ = samples.trace.tested;
    width_ = samples.trace.columns();
    rows_ = samples.trace.values;
    selection_means_ = samples.trace.selection_means;
  } else if (!samples.histogram.empty()) {
    tested_ = samples.histogram.tested;
    width_ = samples.histogram.columns();
    counts_ = samples.histogram.counts;
    bins_ = samples.histogram.bins;
  }
}

std::int64_t ScoreColumns::samples() const {
  if (in_order()) return static_cast<std::int64_t>(rows_.size()) / width_;
  return std::accumulate(counts_.begin(), counts_.begin() + bins_ + 1, std::int64_t{0});
}

std::vector<Real> ScoreColumns::values(int column) const {
  std::vector<Real> all;
  for (auto row = rows_.begin(); row != rows_.end(); row += width_) {
    const Real rival = *std::max_element(row + 1, row + width_);
    all.push_back(column < width_ ? static_cast<Real>(row[column])
                                  : (1 + static_cast<Real>(row[0]) - rival) / 2);
  }
  return all;
}

Column ScoreColumns::column(int c, Form form, bool mirrored) const {
  if (!in_order()) {
    const auto width = static_cast<std::size_t>(bins_) + 1;
    return from_counts(std::span(counts_).subspan(static_cast<std::size_t>(c) * width, width),
                       mirrored);
  }
  const std::vector<Real> all = values(c);
  if (form == Form::kBinned) return from_counts(counted(all), mirrored);
  Column x;
  for (const Real value : all) x.push_back({mirrored ? 1 - value : value, 1});
  return x;
}

Column ScoreColumns::tangent(int rival, Real slope) const {
  Column x;
  for (auto row = rows_.begin(); row != rows_.end(); row += width_) {
    const Real difference = static_cast<Real>(row[0]) - slope * static_cast<Real>(row[rival]);
    x.push_back({std::clamp<Real>((difference + slope) / (1 + slope), 0, 1), 1});
  }
  return x;
}

}  // namespace certify::checker

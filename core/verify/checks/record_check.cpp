#include "core/verify/checks/record_check.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "core/verify/files/score_columns.h"

namespace certify {
namespace {

/// Scores this near each other may have come from logits in either order: they are kept as floats.
constexpr float kTie = 1e-6F;

/// The class with most votes, the lowest on a tie; -1 without votes.
int most_voted(const std::vector<std::int64_t>& votes) {
  const auto most = std::max_element(votes.begin(), votes.end());
  return most == votes.end() || *most == 0 ? -1 : static_cast<int>(most - votes.begin());
}

/// How many samples must have voted for something, and how many may have.
struct VoteRange {
  std::int64_t least = 0, most = 0;
};

/// Of each column of a trace.
std::vector<VoteRange> votes_allowed(const ScoreTrace& trace) {
  const auto width = static_cast<std::size_t>(trace.columns());
  std::vector<VoteRange> ranges(width);
  for (std::size_t first = 0; first < trace.values.size(); first += width) {
    const auto row = std::span(trace.values).subspan(first, width);
    const float largest = *std::ranges::max_element(row);
    const auto near = [&](float score) { return score >= largest - kTie * largest; };
    const bool alone = std::ranges::count_if(row, near) == 1;
    for (std::size_t c = 0; c < width; ++c) {
      if (!near(row[c])) continue;
      ranges[c].least += alone;
      ++ranges[c].most;
    }
  }
  return ranges;
}

/// Of the class under test, by the row of (1 + Z) / 2: it is the largest above ½.
VoteRange votes_allowed(const ScoreHistogram& histogram) {
  const std::vector<float> edges = checker::bin_edges(histogram.bins);
  const auto counts = histogram.row(histogram.columns());
  VoteRange range;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    if (edges[b] > 0.5F + kTie) range.least += counts[b];
    if (b + 1 == counts.size() || edges[b + 1] >= 0.5F - kTie) range.most += counts[b];
  }
  return range;
}

class Record {
 public:
  Record(const ImageSamples& samples, const RunSettings& settings)
      : samples_(samples), settings_(settings), tested_(class_by(settings.select, samples)) {}

  std::vector<std::string> check() {
    if (!samples_.logits.empty()) check_logits();
    if (!samples_.trace.empty()) {
      check_class("scores", samples_.trace.tested);
      check_rivals(samples_.trace.candidates);
      check_trace();
    }
    if (!samples_.histogram.empty()) {
      check_class("scores", samples_.histogram.tested);
      check_rivals(samples_.histogram.candidates);
      compare_class(samples_.histogram.tested, votes_allowed(samples_.histogram));
    }
    if (!samples_.gradient.empty()) check_class("gradient statistics", samples_.gradient.tested);
    return std::move(findings_);
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    findings_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  /// An image without a vote is recorded for any class.
  void check_class(const char* what, int stated) {
    if (tested_ < 0 || stated == tested_) return;
    say("the {} are of class {}, select {} tests class {}", what, stated,
        to_string(settings_.select), tested_);
  }

  void check_rivals(const std::vector<int>& stated) {
    const int tested = samples_.trace.empty() ? samples_.histogram.tested : samples_.trace.tested;
    if (stated != checker::candidates_of(samples_.selection, tested)) {
      say("the scores are of other rivals than the selection samples name");
    }
  }

  void check_logits() {
    const ClassCounts votes = checker::votes_of(samples_.logits, samples_.estimation.num_classes());
    if (votes == samples_.estimation) return;
    for (int c = 0; c < votes.num_classes(); ++c) {
      const auto k = static_cast<std::size_t>(c);
      if (votes.votes[k] == samples_.estimation.votes[k]) continue;
      return say("class {} has {} votes, but the kept logits give it {}", c,
                 samples_.estimation.votes[k], votes.votes[k]);
    }
    say("{} samples are invalid, but {} of the kept logits are", samples_.estimation.invalid,
        votes.invalid);
  }

  std::int64_t votes_of(int c) const {
    return samples_.estimation.votes.at(static_cast<std::size_t>(c));
  }
  void compare_class(int c, VoteRange allowed) {
    compare(fmt::format("class {}", c), votes_of(c), allowed);
  }
  void compare(const std::string& what, std::int64_t votes, VoteRange allowed) {
    if (allowed.least <= votes && votes <= allowed.most) return;
    say("{} has {} votes, but by the kept scores {}", what, votes,
        allowed.least == allowed.most ? fmt::format("{}", allowed.least)
                                      : fmt::format("{} to {}", allowed.least, allowed.most));
  }

  void check_trace() {
    const ScoreTrace& trace = samples_.trace;
    const std::vector<VoteRange> allowed = votes_allowed(trace);
    std::int64_t others = samples_.estimation.total();
    const auto take = [&](int c, VoteRange range) {
      compare_class(c, range);
      others -= votes_of(c);
    };
    take(trace.tested, allowed[0]);
    for (std::size_t i = 0; i < trace.candidates.size(); ++i) {
      take(trace.candidates[i], allowed[i + 1]);
    }
    compare("what is none of these classes", others, allowed.back());
  }

  const ImageSamples& samples_;
  const RunSettings& settings_;
  int tested_;
  std::vector<std::string> findings_;
};

}  // namespace

ExpectedImages::ExpectedImages(const RunSettings& s)
    : start_(s.start), skip_(std::max<std::int64_t>(1, s.skip)), count_(s.count), shard_(s.shard) {}

std::int64_t ExpectedImages::at(std::int64_t position) const {
  return start_ + (shard_.index + position * shard_.count) * skip_;
}

std::optional<std::int64_t> ExpectedImages::count(std::int64_t dataset_images) const {
  if (dataset_images <= 0) return std::nullopt;
  std::int64_t slice = std::max<std::int64_t>(0, (dataset_images - start_ + skip_ - 1) / skip_);
  if (count_ >= 0) slice = std::min(slice, count_);
  return (slice - shard_.index + shard_.count - 1) / shard_.count;
}

int class_by(Selection selection, const ImageSamples& samples) {
  if (selection == Selection::kLabel) return samples.label;
  return most_voted((selection == Selection::kSame ? samples.estimation : samples.selection).votes);
}

std::vector<std::string> check_record(const ImageSamples& samples, const RunSettings& settings) {
  return Record(samples, settings).check();
}

RecordCheck::RecordCheck(std::filesystem::path file, const RunSettings& settings)
    : file_(std::move(file)), settings_(settings), images_(settings) {}

void RecordCheck::add(const ImageSamples& samples) {
  check_place(samples);
  for (const std::string& what : check_record(samples, settings_)) say(samples, what);
  labels_.push_back({samples.index, samples.label});
  invalid_ += samples.selection.invalid + samples.estimation.invalid;
  ++records_;
}

/// Behind the first image that is out of place all others are.
void RecordCheck::check_place(const ImageSamples& samples) {
  const std::int64_t expected = images_.at(records_);
  if (out_of_place_ || samples.index == expected) return;
  out_of_place_ = true;
  say(samples, fmt::format("the slice (start {}, skip {}, shard {}) has image {} here",
                           settings_.start, settings_.skip, to_string(settings_.shard), expected));
}

void RecordCheck::say(const ImageSamples& samples, const std::string& what) {
  report_.findings.push_back({fmt::format("{}:{}", file_.string(), records_ + 1),
                              fmt::format("image {}: {}", samples.index, what)});
}

}  // namespace certify

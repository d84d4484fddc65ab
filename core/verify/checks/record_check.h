#pragma once
/// Whether the stored samples of a run are those of its images, and whether each record agrees with
/// itself and with the settings. No row takes part.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/samples.h"
#include "core/runs/manifest.h"
#include "core/runs/samples/sample_log.h"
#include "core/verify/checks/findings.h"

namespace certify {

/// Which images a run has, by its start, skip, count and shard.
class ExpectedImages {
 public:
  explicit ExpectedImages(const RunSettings& settings);
  /// The image of the run's record at this position, from 0.
  std::int64_t at(std::int64_t position) const;
  /// How many images there are. @param dataset_images  0: not known
  /// @return nothing where that cannot be told
  std::optional<std::int64_t> count(std::int64_t dataset_images) const;

 private:
  std::int64_t start_, skip_, count_;
  Shard shard_;
};

/// The class under test of an image; -1 where there are no votes to choose it by.
int class_by(Selection selection, const ImageSamples& samples);

/// What is found, and how
/// - the image is that of its place in the slice;
/// - the selection samples that the settings ask for are there;
/// - kept logits give the votes, sample by sample;
/// - a kept trace or histogram is of the class under test and its rivals, and allows the votes: a
///   class has at least the samples in which its score is the largest alone, and at most those in
///   which it is among the largest;
/// - gradient statistics are of the class under test.
class RecordCheck {
 public:
  /// @param file  samples.jsonl, for messages
  RecordCheck(std::filesystem::path file, const RunSettings& settings);

  /// The next record. Safe only from one thread.
  void add(const ImageSamples& samples);
  std::int64_t records() const { return records_; }
  std::int64_t invalid() const { return invalid_; }
  struct Label {
    std::int64_t image;
    int label;
  };
  const std::vector<Label>& labels() const { return labels_; }
  VerifyReport report() && { return std::move(report_); }

 private:
  void check_place(const ImageSamples& samples);
  void say(const ImageSamples& samples, const std::string& what);

  std::filesystem::path file_;
  RunSettings settings_;
  ExpectedImages images_;
  std::int64_t records_ = 0, invalid_ = 0;
  bool out_of_place_ = false;
  std::vector<Label> labels_;
  VerifyReport report_;
};

/// What is wrong with one record by itself: one sentence each.
std::vector<std::string> check_record(const ImageSamples& samples, const RunSettings& settings);

}  // namespace certify

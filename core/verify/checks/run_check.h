#pragma once
/// Rows beside the stored samples that they are about.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/samples.h"
#include "core/runs/settings.h"
#include "core/verify/checks/ellipsoid_check.h"
#include "core/verify/checks/findings.h"
#include "core/verify/checks/row_check.h"

namespace certify {

/// What the rows of a file were made with.
struct RowTerms {
  RunSettings settings;  ///< method, alpha, selection, link and temperature are those of the rows
  ClassFrom from = ClassFrom::kSeparateSamples;
  /// `recertify --n`: so many samples only, the first of scores in the order drawn, or a draw from
  /// the votes with this seed; 0: all of them.
  std::int64_t first = 0;
  std::uint64_t seed = 0;
  /// What the run's map of sigma says; nothing where its settings name none.
  std::optional<MapFacts> map = {};
};

ClassFrom class_from(Selection selection);

/// What the map of a run's folder says; nothing where its settings name none.
std::optional<MapFacts> map_facts_of(const std::filesystem::path& run, const RunSettings& settings);

/// The radii that a method of several writes beside its rows; none for the others.
std::vector<StatedRadii> read_radii(const std::string& method, const std::filesystem::path& file);

/// Checks that each row is about the image, label, class, counts, n, alpha, sigma and method of its
/// record, and claims no more than these allow. Many images are checked at a time, on all cores.
class RunCheck {
 public:
  /// @param radii  that stand beside the rows: one for each, or none for methods of one radius
  RunCheck(std::filesystem::path file, RowTerms terms, std::vector<StatedRow> rows,
           std::vector<StatedRadii> radii = {});

  /// The record of the next row.
  void add(ImageSamples samples);
  /// @param images  that the run has; -1: it is not complete, and its last rows may be missing
  VerifyReport finish(std::int64_t images, const std::string& state);

 private:
  std::vector<std::string> check(std::size_t position, ImageSamples& samples) const;
  void check_all();

  std::filesystem::path file_;
  RowTerms terms_;
  std::vector<StatedRow> rows_;
  std::vector<StatedRadii> radii_;
  std::vector<ImageSamples> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::int64_t records_ = 0;
  VerifyReport report_;
};

}  // namespace certify

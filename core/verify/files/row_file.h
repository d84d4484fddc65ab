#pragma once
/// certificates.tsv, predictions.tsv and radii.tsv as they are written, for the checker: every
/// column, with its line. Grammar: docs/files.md.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

/// Of runs with a map of sigma.
struct StatedEllipsoid {
  double radius = 0;                    ///< radius_mahalanobis
  double log_area = 0, log_volume = 0;  ///< finite or -infinity
};

/// What one row states.
struct StatedRow {
  std::int64_t line = 0;
  std::int64_t index = 0;
  int label = 0;
  int predicted = 0;  ///< -1: abstains
  bool correct = false;
  std::string radius_text = "0";  ///< Cohen's column, as printed
  double radius = 0;              ///< radius_full
  std::string norm = "l2";        ///< of the radius, by the names of its columns
  double p_lower = 0, p_upper = 1;
  std::int64_t n_top = 0, n_runner_up = 0, n = 0;
  double alpha = 0, sigma = 0;
  double noise_alpha = 0;  ///< what is said to be left to noise that is not drawn exactly
  std::string method;
  std::optional<StatedEllipsoid> ellipsoid{};

  /// For bounds to spend.
  long double alpha_left() const { return static_cast<long double>(alpha) - noise_alpha; }
};

/// @param name what messages call the file
/// @throws DataError "name:line: reason" for a missing column, another number of fields, or a field
/// that cannot be what its column says. predictions.tsv has no radius, p_lower and p_upper.
std::vector<StatedRow> parse_rows(std::string_view content, const std::string& name);

/// @throws IoError, DataError.
std::vector<StatedRow> read_rows(const std::filesystem::path& file);

/// A radius in one norm or part of the image, with the dual point that is said to prove it.
struct StatedRadius {
  std::string name;
  double radius = 0;
  std::array<double, 3> lambda{};  ///< all zero: none is given
};

struct StatedRadii {
  std::int64_t line = 0;
  std::int64_t index = 0;
  int label = 0;
  int predicted = 0;
  bool correct = false;
  std::vector<StatedRadius> radii;
};

/// @throws DataError as parse_rows().
std::vector<StatedRadii> parse_radii_rows(std::string_view content, const std::string& name);

}  // namespace certify

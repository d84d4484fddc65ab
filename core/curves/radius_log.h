#pragma once
/// What every curve is drawn from: one row an image, of any program.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/certificate.h"

namespace certify {

/// What the radii of a log are.
enum class Measure {
  kRadius,   ///< a length: finite, >= 0
  kLogArea,  ///< the logarithm of an area or volume: finite, or -infinity where none is certified
};

struct RadiusRow {
  std::int64_t index = 0;  ///< position in the whole data set
  int label = 0;
  int predicted = kAbstain;  ///< kAbstain also for images that the author of the log skipped
  double radius = 0;         ///< in the unit of the log (ours: of the [0,1] input); see Measure
  bool correct = false;      ///< predicted == label
  double seconds = 0;        ///< 0 when the log has no time
  /// Samples that answered with the class under test, with the next one, and all of them; -1 when
  /// the log does not say.
  std::int64_t n_top = -1, n_runner_up = -1, n = -1;
  /// Lower bound on the probability of the class under test, or what its method states in its place
  /// (Method::bounds_margin); -1 when the log does not say.
  double p_lower = -1;
};

struct RadiusLog {
  std::string name;  ///< shown in tables and legends: a run's or a file's name
  std::vector<RadiusRow> rows{};
  Measure measure = Measure::kRadius;
  /// Radii at which an attack succeeded, so that the curve lies above the robust accuracy. No
  /// certificates: they are drawn beside certified curves and go into no table.
  bool attack = false;
  std::vector<std::string> methods{};  ///< distinct values of the log's `method` column, sorted
  /// What the reader left out or changed, as `file:line: what`; for stderr or a report's warnings.
  std::vector<std::string> notes{};
  /// Largest failure probability that a row's certificate may have; 0 when the log does not say.
  double alpha = 0;
  std::string column{};  ///< that was asked for instead of `radius`; empty otherwise
  /// Of the radii, by the column that they are from (core/base/norm.h); empty where that says none.
  std::string norm = "l2";
  std::int64_t dimension = 0;  ///< elements of an image; 0 where the log does not say
  std::string unit{};     ///< what the radii measure where it was declared ("blur"); else empty
  bool of_images = true;  ///< a row is an image; not so where the best of several logs was taken
  /// Of a run: name and SHA-256 of its data set. Empty where the log does not say.
  std::string dataset{}, dataset_sha256{};
};

/// Whether rows of it were made by this method.
bool has_method(const RadiusLog& log, std::string_view name);

/// Whether its values are radii in this norm: not where a unit was declared, nor of areas.
bool has_radii_in(const RadiusLog& log, std::string_view norm);

/// The same radii in another norm, of the largest ball that fits into the certified one.
/// @throws InputError naming the log where they are no radii, or the dimension is needed and not
/// known
RadiusLog in_norm(RadiusLog log, std::string_view norm);

/// Refuses radii of two norms, which have no axis and no table in common.
/// @param asked  brings all to this norm instead; empty: none was asked for
/// @throws InputError as in_norm(), and for logs of two norms
void bring_to_one_norm(std::vector<RadiusLog>& logs, std::string_view asked);

/// Whether two logs say that they are of other data. Hashes of data sets of two names prove
/// nothing: each is over its own kind of files.
bool of_other_data(const RadiusLog& a, const RadiusLog& b);

/// Whether two logs are about the same images, of the same labels and, as far as they say, of the
/// same data, in whatever order.
bool same_images(const RadiusLog& a, const RadiusLog& b);

}  // namespace certify

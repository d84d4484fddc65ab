#pragma once
/// Whether curves and tables of certified accuracy follow from the rows that they are of.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/verify/checks/findings.h"

namespace certify {

/// Certified accuracy, counted again.
class RecountedCurve {
 public:
  /// @param alpha  that a certificate may fail with; 0: no lower bound on the accuracy follows
  /// @param ends   whether it is 0 beyond its largest radius; what an attack withstood does not end
  explicit RecountedCurve(double alpha = 0, bool ends = true) : alpha_(alpha), ends_(ends) {}

  /// One more image. @param correct  certified with its label
  void add(bool correct, double radius);

  std::int64_t images() const { return images_; }
  std::int64_t correct() const { return static_cast<std::int64_t>(radii_.size()); }
  std::int64_t certified(double radius) const;
  double average_radius() const;
  /// Of the sum of all radii, that of the tenth of all images with the largest; NaN where it is 0.
  double top_tenth_share() const;
  double alpha() const { return alpha_; }
  /// Of radii in another norm than ℓ2, of which files say so: "l1", "linf".
  void set_norm(std::string norm) { norm_ = std::move(norm); }
  const std::string& norm() const { return norm_; }
  /// Of radii that another norm's give: a root rounds them, and a stated one may be less by
  /// `share`.
  void set_rounding(double share) { rounding_ = share; }
  /// Whether a step that is stated is the one at this radius.
  bool is_at(double radius, double stated) const;
  /// What its name in a file of several ends with; empty: anything.
  void set_name_ending(std::string ending) { name_ending_ = std::move(ending); }
  const std::string& name_ending() const { return name_ending_; }
  /// Where the curve steps down, from radius 0, with the images certified there.
  struct Step {
    double radius;
    std::int64_t certified;
  };
  std::vector<Step> steps() const;

 private:
  std::vector<double> radii_;  ///< of the correct images
  std::int64_t images_ = 0;
  double alpha_;
  bool ends_;
  std::string norm_ = "l2", name_ending_;
  double rounding_ = 0;
};

/// Of the rows of a run or of one method.
RecountedCurve recount(const std::vector<StatedRow>& rows);

/// A file of curves: radii and accuracies to the last bit, but for set_rounding(), and `at_least`
/// by the exact form of theorem 5 of Cohen et al. (2019), evaluated forward.
/// @param curves  those of the file, in their order
VerifyReport check_curves(const std::filesystem::path& file,
                          const std::vector<RecountedCurve>& curves);

/// What `curve_l1.tsv`, `curve_linf.tsv` and `curve_parts.tsv` of a run show of its radii.tsv: its
/// radii in that norm, or in each part of the image, and those without the gradient beside them.
/// @param norm  "l1" or "linf"; empty: of the parts   @param dimension  elements of an image
std::vector<RecountedCurve> recount_radii(const std::vector<StatedRadii>& radii,
                                          const std::string& norm, std::int64_t dimension,
                                          double alpha);

/// accuracy.tsv of one run.
VerifyReport check_accuracy_table(const std::filesystem::path& file, const RecountedCurve& curve);

}  // namespace certify

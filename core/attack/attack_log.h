#pragma once
/// attack.tsv: what an attack on a run found, a row an image. Grammar: docs/files.md.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/certificate.h"
#include "core/curves/radius_log.h"

namespace certify {

struct AttackedImage {
  std::int64_t index = 0;  ///< position in the whole data set
  int label = 0;
  int predicted = kAbstain;  ///< the class certified; kAbstain: nothing to attack
  double radius = 0;         ///< certified, in units of the [0,1] input; 0 when abstaining
  /// See AttackResult; all as initialised when abstaining.
  double attack_radius = 0;
  int attack_predicted = kAbstain;
  double unsettled_radius = 0;

  bool certified() const { return predicted != kAbstain; }
  bool correct() const { return certified() && predicted == label; }
  bool found() const { return attack_predicted != kAbstain; }
  bool found_inside() const { return found() && attack_radius <= radius; }
  bool operator==(const AttackedImage&) const = default;
};

/// @param norm  of the radii and distances, which the columns name: "l2"
std::string attack_header(std::string_view norm);
std::string attack_row(const AttackedImage& image);

/// What a file holds, up to a last line that a crash left unfinished.
struct AttackLog {
  std::vector<AttackedImage> images;
  std::size_t bytes = 0;  ///< of header and whole rows
};
/// @param name  what messages call the file
/// @throws DataError with `name:line:` for a whole line that is no row of this norm.
AttackLog parse_attack_log(std::string_view content, const std::string& name,
                           std::string_view norm);

/// Three curves of the same images: certified, then those that neither changed nor abstained within
/// the radius, then those that did not change. `radius` of a row is the largest that was withstood.
std::vector<RadiusLog> attack_curves(std::span<const AttackedImage> images, std::string_view norm);

}  // namespace certify

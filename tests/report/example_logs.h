#pragma once
/// Small logs made up for the tests of tables and pictures.

#include <string>

#include "core/curves/radius_log.h"

namespace certify {

/// `images` rows: every tenth abstains, every seventh is wrong, the others are certified at radii
/// spread evenly over (0, largest].
inline RadiusLog example_log(const std::string& name, int images = 100, double largest = 1) {
  RadiusLog log{.name = name};
  for (int i = 0; i < images; ++i) {
    RadiusRow row{.index = i, .label = i % 10, .predicted = i % 10};
    if (i % 10 == 0) row.predicted = kAbstain;
    if (i % 7 == 3) row.predicted = (row.label + 1) % 10;
    row.correct = row.predicted == row.label;
    row.radius = row.predicted == kAbstain ? 0 : largest * (i + 1) / images;
    log.rows.push_back(row);
  }
  return log;
}

}  // namespace certify

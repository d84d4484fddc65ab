#pragma once
/// Whether the numbers of several logs may be set side by side.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/curves/radius_log.h"

namespace certify {

/// A failure probability that a log does not state, as its largest radius betrays it: where all n
/// samples agree, that is σ Φ⁻¹(α^(1/n)). A guess, for warnings; nothing may be proven by it.
struct InferredAlpha {
  double alpha = 0, sigma = 0;
  std::int64_t n = 0;
};

/// Among customary α and n, with the σ that the log's name tells ("…_sigma_0.25"), or else, of n =
/// 100,000, the four customary ones. Nothing where the log states its α, where its values are no ℓ2
/// radii, where fewer than three images have the largest radius, or where none or more than one α
/// fits the three digits that logs print.
std::optional<InferredAlpha> infer_alpha(const RadiusLog& log);

/// Rows that a log seems to lack: its images come in equal steps, but not all are there; or it is
/// the start of one of the field's two subsets, every 20th of 10,000 and every 100th of 50,000.
/// Empty where nothing is odd.
std::string describe_missing_rows(const RadiusLog& log);

struct Comparability {
  /// By log: the number of the set of images (index, label, and data as far as logs say) that it is
  /// on, from 0 in the order in which they are met. 0 for attacks, and where rows are no images.
  std::vector<std::size_t> set_of;
  std::size_t sets = 1;
  /// By log: "0.001", "0.01 (inferred)", or empty where nothing is known.
  std::vector<std::string> alphas;
  bool one_alpha = true;              ///< of those that are known
  std::vector<std::string> warnings;  ///< whole sentences, for a page or stderr

  /// "A" for the first set; empty where there is one only.
  std::string set_name(std::size_t log) const;
  /// The log's name, with that of its set behind it where there are several.
  std::string name_with_set(const RadiusLog& log, std::size_t number) const;
};

Comparability compare(std::span<const RadiusLog> logs);

}  // namespace certify

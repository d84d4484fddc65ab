#include "core/attack/challenge.h"

#include <algorithm>
#include <cmath>

#include "core/stats/binomial/binomial_tail.h"

namespace certify {

Challenge challenge(std::span<const AttackedImage> images, double alpha, double attack_alpha) {
  Challenge c;
  for (const AttackedImage& image : images) {
    c.certified += image.certified();
    c.found += image.found();
    c.inside += image.found_inside();
  }
  const double wrong = alpha + attack_alpha;
  c.expected = wrong * static_cast<double>(c.certified);
  if (c.inside > 0 && wrong < 1) {
    const BinomialTail tail = binomial_upper_tail(c.inside, c.certified, Proportion::from_p(wrong));
    c.p_value = std::min(1.0, std::exp(tail.log_tail) * (1 + binomial_tail_error(c.certified)));
  }
  return c;
}

std::int64_t found_within(std::span<const AttackedImage> images, double multiple) {
  return std::count_if(images.begin(), images.end(), [&](const AttackedImage& image) {
    return image.found() && image.attack_radius <= multiple * image.radius;
  });
}

}  // namespace certify

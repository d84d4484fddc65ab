#include "core/attack/challenge.h"

#include <algorithm>
#include <cmath>

#include "core/stats/binomial/binomial_tail.h"
#include "core/stats/monotone_root.h"

namespace certify {

namespace {

/// P[Bin(images, wrong) >= count], rounded up.
double so_many(std::int64_t count, std::int64_t images, double wrong) {
  if (count <= 0 || wrong >= 1) return 1;
  if (count > images || wrong <= 0) return 0;
  const BinomialTail tail = binomial_upper_tail(count, images, Proportion::from_p(wrong));
  return std::min(1.0, std::exp(tail.log_tail) * (1 + binomial_tail_error(images)));
}

}  // namespace

Challenge challenge(std::span<const AttackedImage> images, double alpha, double attack_alpha) {
  Challenge c;
  c.considered = std::ssize(images);
  for (const AttackedImage& image : images) {
    c.certified += image.certified();
    c.found += image.found();
    c.inside += image.found_inside();
  }
  const double wrong = alpha + attack_alpha;
  c.expected = std::min(1.0, wrong) * static_cast<double>(c.considered);
  c.p_value = so_many(c.inside, c.considered, wrong);
  c.allowed = least_that(0, c.considered + 1,
                         [&](std::int64_t count) {
                           return so_many(count, c.considered, wrong) < Challenge::kLevel;
                         }) -
              1;
  return c;
}

std::int64_t found_within(std::span<const AttackedImage> images, double multiple) {
  return std::count_if(images.begin(), images.end(), [&](const AttackedImage& image) {
    return image.found() && image.attack_radius <= multiple * image.radius;
  });
}

std::int64_t unsearched_within(std::span<const AttackedImage> images, double multiple) {
  constexpr double kRounding = 1e-9;
  return std::count_if(images.begin(), images.end(), [&](const AttackedImage& image) {
    const bool changed = image.found() && image.attack_radius <= multiple * image.radius;
    return image.certified() && !changed &&
           image.attack_radius < multiple * image.radius * (1 - kRounding);
  });
}

}  // namespace certify

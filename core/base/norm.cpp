#include "core/base/norm.h"

#include <cmath>

#include "core/base/errors.h"

namespace certify {
namespace {

/// Of |δ|_q <= d^{1/q - 1/p} |δ|_p for p >= q: 1/q.
double reciprocal(std::string_view norm) {
  if (norm == "l1") return 1;
  if (norm == "l2") return 0.5;
  if (norm == "linf") return 0;
  throw InputError("'{}': no norm of radii; there are l1, l2, linf", norm);
}

}  // namespace

std::string norm_symbol(std::string_view norm) {
  if (norm == "l1") return "ℓ1";
  if (norm == "l2") return "ℓ2";
  return norm == "linf" ? "ℓ∞" : "";
}

std::string_view norm_of_column(std::string_view column) {
  if (column == "radius" || column == "radius_full") return "l2";
  for (const std::string_view norm : {"l1", "linf"}) {
    if (column == radius_column(norm) || column == full_radius_column(norm)) return norm;
  }
  return column == "radius_l2" || column == "radius_cohen" ? "l2" : "";
}

std::string radius_column(std::string_view norm) {
  return norm == "l2" ? "radius" : "radius_" + std::string(norm);
}

std::string full_radius_column(std::string_view norm) { return radius_column(norm) + "_full"; }

double radius_in_norm(double radius, std::string_view from, std::string_view to,
                      std::int64_t dimension) {
  const double power = reciprocal(from) - reciprocal(to);
  if (power <= 0) return radius;
  if (dimension < 1) {
    throw InputError(
        "{} radii are no {} radii, and a log does not say how many elements an image has; the "
        "folder "
        "of a run does",
        norm_symbol(from), norm_symbol(to));
  }
  constexpr double kDown = 1 - 0x1p-50;  // a root and a division, each within half a last place
  const double root = std::sqrt(static_cast<double>(dimension));
  return radius / (power == 1 ? static_cast<double>(dimension) : root) * kDown;
}

}  // namespace certify

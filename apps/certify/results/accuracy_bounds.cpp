#include "apps/certify/results/accuracy_bounds.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"
#include "core/report/tables/table.h"
#include "core/report/tables/text.h"
#include "core/stats/binomial/certified_accuracy_bound.h"

namespace certify {
namespace {

/// Three decimals, never above the share; a bound below 0 says as much as 0.
std::string rounded_down(double share) {
  double thousandths = std::floor(std::max(0.0, share) * 1000);
  if (thousandths / 1000 > share) thousandths = std::max(0.0, thousandths - 1);
  return fmt::format("{:.3f}", thousandths / 1000);
}

TextTable bounds_table(const RadiusLog& log, std::span<const double> radii, double rho) {
  const CertifiedAccuracy curve(log);
  const std::int64_t images = curve.images();
  const std::vector<std::string> names = aligned_decimals(radii);
  TextTable table{{"radius", "certified", "theorem 5", "exact"}, {}};
  for (std::size_t i = 0; i < radii.size(); ++i) {
    const std::int64_t certified = curve.certified(radii[i]);
    table.rows.push_back(
        {names[i], share_rounded_down(certified, images),
         rounded_down(certified_accuracy_bernstein(certified, images, log.alpha, rho)),
         share_rounded_down(certified_count_exact(certified, images, log.alpha, rho), images)});
  }
  return table;
}

}  // namespace

void settle_alpha(RadiusLog& log, std::optional<double> typed) {
  if (log.unsound) {
    throw InputError(
        fmt::format("{}: --rho: made by a method that is not a certificate: no bound "
                    "follows from it",
                    log.name));
  }
  if (log.alpha == 0) {
    if (!typed) {
      throw InputError(
          fmt::format("{}: --rho needs the alpha of the certificates: the log has no "
                      "column of it, so give --alpha",
                      log.name));
    }
    if (!(0 < *typed && *typed < 1)) {
      throw InputError(fmt::format("--alpha {}: expected a number in (0, 1)", *typed));
    }
    log.alpha = *typed;
  } else if (typed && *typed != log.alpha) {
    throw InputError(fmt::format("{}: --alpha {}: the log says {}", log.name, *typed, log.alpha));
  }
}

void print_accuracy_bounds(std::ostream& out, std::span<const RadiusLog> logs,
                           std::span<const double> radii, double rho) {
  if (!(0 < rho && rho < 1)) {
    throw InputError(fmt::format("--rho {}: expected a number in (0, 1)", rho));
  }
  for (const RadiusLog& log : logs) {
    out << fmt::format("\n{}, alpha = {}, rho = {}\n", log.name, log.alpha, rho);
    print_table(out, bounds_table(log, radii, rho));
  }
  out << "\nLower bounds on the share of these images that are robust and correct. Each radius "
         "holds "
         "by\nitself with probability 1 - rho; not all at once. Noise must be independent across "
         "images.\n";
}

}  // namespace certify

#include "apps/certify/results/accuracy_bounds.h"

#include <string>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/tables/accuracy_tables.h"

namespace certify {
void settle_alpha(RadiusLog& log, std::optional<double> typed) {
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

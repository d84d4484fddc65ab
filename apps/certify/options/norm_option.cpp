#include "apps/certify/options/norm_option.h"

namespace certify {

void add_norm_option(CLI::App& command, std::string& norm) {
  command
      .add_option(
          "--norm", norm,
          "Show all radii in one norm, l1, l2 or linf: of the largest ball of it within "
          "what is certified. An l2 radius is one in l1, and an l1 radius over √d one in l2")
      ->check(CLI::IsMember({"l1", "l2", "linf"}))
      ->type_name("NORM");
}

}  // namespace certify

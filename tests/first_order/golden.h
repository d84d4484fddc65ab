#pragma once
/// Reference values of scripts/make_first_order_golden.py, found from the primal equations.

#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "tests/stats/golden.h"
#include "tests/support/source_dir.h"

namespace certify::testing {

inline const nlohmann::json& first_order_golden() {
  static const auto table =
      nlohmann::json::parse(read_file(CERTIFY_SOURCE_DIR "/tests/first_order/golden.json"));
  return table;
}

}  // namespace certify::testing

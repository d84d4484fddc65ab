#pragma once
/// Reading reference values. They are decimal strings of 20 digits and more, compared as long
/// double: its 64 bits are enough to tell on which side of the truth a double is.

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "tests/support/source_dir.h"

namespace certify::testing {

/// A table in tests/golden.
inline nlohmann::json golden_table(const std::string& file) {
  return nlohmann::json::parse(read_file(CERTIFY_SOURCE_DIR "/tests/golden/" + file));
}

/// The table made by scripts/make_golden.py; CERTIFY_GOLDEN names a longer one.
inline const nlohmann::json& golden() {
  static const nlohmann::json table = [] {
    const char* other = std::getenv("CERTIFY_GOLDEN");
    return other ? nlohmann::json::parse(read_file(other)) : golden_table("bounds.json");
  }();
  return table;
}

/// A second table, which nothing in this repository made: another author computed it from the
/// papers (mpmath at 40 to 50 digits, full enumeration or quadrature; "how_table" says which), so
/// a mistake in scripts/make_golden.py is not in both.
inline const nlohmann::json& independent_golden() {
  static const nlohmann::json table = golden_table("independent_bounds.json");
  return table;
}

inline long double exact(const nlohmann::json& value) {
  return value.is_string() ? std::strtold(value.get<std::string>().c_str(), nullptr)
                           : static_cast<long double>(value.get<double>());
}
/// A decimal or hexadecimal double, whether written as a string or as a number.
inline double number(const nlohmann::json& value) {
  return value.is_string() ? std::strtod(value.get<std::string>().c_str(), nullptr)
                           : value.get<double>();
}

/// All entries of one function in the independent table: {"fn", "inputs", "expected"}.
inline std::vector<nlohmann::json> independent_entries(const std::string& function) {
  std::vector<nlohmann::json> found;
  for (const auto& entry : independent_golden().at("entries")) {
    if (entry.at("fn") == function) found.push_back(entry);
  }
  EXPECT_FALSE(found.empty()) << function;
  return found;
}

/// value <= truth <= value (1 + tolerance), and the mirror image.
inline void expect_just_below(double value, long double truth, double tolerance,
                              const std::string& what) {
  EXPECT_LE(static_cast<long double>(value), truth) << what;
  EXPECT_LE(truth - static_cast<long double>(value), tolerance * std::abs(truth)) << what;
}
inline void expect_just_above(double value, long double truth, double tolerance,
                              const std::string& what) {
  EXPECT_GE(static_cast<long double>(value), truth) << what;
  EXPECT_LE(static_cast<long double>(value) - truth, tolerance * std::abs(truth)) << what;
}

}  // namespace certify::testing

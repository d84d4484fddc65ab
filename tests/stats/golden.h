#pragma once
/// Reading reference values. They are decimal strings of 20 digits and more, compared as long
/// double: its 64 bits are enough to tell on which side of the truth a double is.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/files.h"
#include "tests/support/source_dir.h"

namespace certify::testing {

/// The table made by scripts/make_golden.py; CERTIFY_GOLDEN names a longer one.
inline const nlohmann::json& golden() {
  static const nlohmann::json table = [] {
    const char* other = std::getenv("CERTIFY_GOLDEN");
    return nlohmann::json::parse(
        read_file(other ? other : CERTIFY_SOURCE_DIR "/tests/golden/bounds.json"));
  }();
  return table;
}

/// A second table by other hands, beside the checkout where this project is developed; null
/// elsewhere.
inline const nlohmann::json& shared_golden() {
  static const nlohmann::json table = [] {
    const std::filesystem::path path = CERTIFY_SOURCE_DIR "/../shared/golden/bounds.json";
    return std::filesystem::exists(path) ? nlohmann::json::parse(read_file(path))
                                         : nlohmann::json();
  }();
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

/// All entries of one function in the shared table: {"fn", "inputs", "expected"}.
inline std::vector<nlohmann::json> shared_entries(const std::string& function) {
  std::vector<nlohmann::json> found;
  if (shared_golden().is_null()) return found;
  for (const auto& entry : shared_golden().at("entries")) {
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

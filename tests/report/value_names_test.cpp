#include "core/report/tables/value_names.h"

#include <gtest/gtest.h>

#include <vector>

namespace certify {
namespace {

TEST(ValueNames, OfARunAreThoseOfRadii) {
  for (const char* column : {"", "radius", "radius_full"}) {
    const RadiusLog log{.name = "", .column = column};
    EXPECT_EQ(value_name(log), "radius");
    EXPECT_EQ(mean_name(log), "ACR");
    EXPECT_EQ(unusual_values(log), "");
    EXPECT_EQ(axis_label(std::vector{log}), kRadiusLabel);
  }
}

TEST(ValueNames, OfOtherColumnsAreTheColumns) {
  const std::vector<RadiusLog> logs{{.name = "", .column = "radius_L1", .norm = ""},
                                    {.name = "", .column = "radius_L2", .norm = ""},
                                    {.name = "", .column = "radius_L1", .norm = ""}};
  EXPECT_EQ(axis_label(logs), "radius_L1, radius_L2 (in the units of the log)");
  EXPECT_EQ(unusual_values(logs[0]), "radius_L1 (in the units of the log)");
  EXPECT_EQ(mean_name(logs[0]), "ACR");
}

TEST(ValueNames, OfAnotherNormSayIt) {
  const RadiusLog log{.name = "", .norm = "l1"},
      of_column{.name = "", .column = "radius_l1", .norm = "l1"};
  for (const RadiusLog& one : {log, of_column}) {
    EXPECT_EQ(value_name(one), "ℓ1 radius");
    EXPECT_EQ(value_column(one), "radius_l1");
    EXPECT_EQ(mean_name(one), "ACR (ℓ1)");
    EXPECT_EQ(unusual_values(one), "ℓ1 radius (in units of the [0,1] input)");
    EXPECT_EQ(axis_label(std::vector{one}), "ℓ1 radius (in units of the [0,1] input)");
  }
  const RadiusLog l2{.name = ""};
  EXPECT_EQ(axis_label(std::vector{l2, of_column}), "radius, radius_l1 (in the units of the log)");
}

TEST(ValueNames, OfADeclaredUnitAreTheUnit) {
  const RadiusLog log{.name = "", .column = "radius_L1", .unit = "blur"};
  EXPECT_EQ(value_name(log), "blur");
  EXPECT_EQ(mean_name(log), "mean blur");
  EXPECT_EQ(unusual_values(log), "blur");
  EXPECT_EQ(axis_label(std::vector{log}), "blur");
}

TEST(ValueNames, OfAreasAreThoseOfTheirLogarithm) {
  const RadiusLog log{.name = "", .measure = Measure::kLogArea, .column = "log_volume"};
  EXPECT_EQ(value_name(log), "log area");
  EXPECT_EQ(mean_name(log), "mean of the correct");
  EXPECT_EQ(axis_label(std::vector{log}), label_of_log_area("log_volume"));
}

TEST(ValueNames, OfAnAttackHaveNoSayInTheAxis) {
  const std::vector<RadiusLog> logs{{}, {.name = "", .attack = true, .column = "attack_radius"}};
  EXPECT_EQ(axis_label(logs), kRadiusLabel);
}

}  // namespace
}  // namespace certify

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
  const std::vector<RadiusLog> logs{{.name = "", .column = "radius_L1"},
                                    {.name = "", .column = "radius_L2"},
                                    {.name = "", .column = "radius_L1"}};
  EXPECT_EQ(axis_label(logs), "radius_L1, radius_L2 (in the units of the log)");
  EXPECT_EQ(unusual_values(logs[0]), "radius_L1 (in the units of the log)");
  EXPECT_EQ(mean_name(logs[0]), "ACR");
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

#include "core/report/logs/python_format.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

TEST(PythonRadius, IsWrittenAsPythonWritesIt) {
  // Values whose doubles are exact or lie above the decimal, so that cutting off does not change
  // what f"{x:.3}" of CPython 3.11 prints.
  EXPECT_EQ(python_radius_rounded_down(0), "0.0");
  EXPECT_EQ(python_radius_rounded_down(1), "1.0");
  EXPECT_EQ(python_radius_rounded_down(0.5), "0.5");
  EXPECT_EQ(python_radius_rounded_down(0.375), "0.375");
  EXPECT_EQ(python_radius_rounded_down(12), "12.0");
  EXPECT_EQ(python_radius_rounded_down(12.5), "12.5");
  EXPECT_EQ(python_radius_rounded_down(0.0001), "0.0001");
  EXPECT_EQ(python_radius_rounded_down(0.00001), "1e-05");
  EXPECT_EQ(python_radius_rounded_down(1.2345e-7), "1.23e-07");
  EXPECT_EQ(python_radius_rounded_down(100), "1e+02");
  EXPECT_EQ(python_radius_rounded_down(123), "1.23e+02");
  EXPECT_EQ(python_radius_rounded_down(1e22), "1e+22");
}

TEST(PythonRadius, IsCutOffWherePythonWouldRoundUp) {
  EXPECT_EQ(python_radius_rounded_down(0.40961), "0.409");  // Cohen's code prints 0.41
  EXPECT_EQ(python_radius_rounded_down(0.9999), "0.999");   // and 1.0
  EXPECT_EQ(python_radius_rounded_down(3.0899), "3.08");
  EXPECT_EQ(python_radius_rounded_down(99.99), "99.9");
  EXPECT_EQ(python_radius_rounded_down(std::nextafter(0.5, 0)), "0.499");
  EXPECT_EQ(python_radius_rounded_down(0.41), "0.409");  // the double is 0.40999999999999998
}

TEST(PythonRadius, NeverExceedsTheRadiusAndLosesLessThanOneUnitOfItsThirdDigit) {
  std::mt19937_64 random(20190513);
  std::uniform_real_distribution<double> exponent(-12, 6);
  for (int i = 0; i < 20000; ++i) {
    const double radius = std::pow(10, exponent(random));
    const std::string text = python_radius_rounded_down(radius);
    // Long double holds every digit of what is compared; the printed decimal is exact in it to
    // 1e-19.
    const long double printed = std::strtold(text.c_str(), nullptr);
    const long double unit =
        std::pow(10.0L, std::floor(std::log10(static_cast<long double>(radius))) - 2);
    EXPECT_LE(printed, radius * (1 + 1e-18L)) << text;
    EXPECT_LT(radius - printed, unit * (1 + 1e-9L)) << text;
  }
}

TEST(PythonRadius, SurvivesTheEndsOfTheRange) {
  EXPECT_EQ(python_radius_rounded_down(std::numeric_limits<double>::denorm_min()), "4.94e-324");
  EXPECT_EQ(python_radius_rounded_down(std::numeric_limits<double>::max()), "1.79e+308");
}

TEST(PythonRadius, RefusesWhatIsNoRadius) {
  for (const double radius : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(python_radius_rounded_down(radius), InputError);
  }
}

TEST(PythonTimedelta, IsWrittenAsStrOfATimedelta) {
  EXPECT_EQ(python_timedelta(0), "0:00:00");
  EXPECT_EQ(python_timedelta(13.771528), "0:00:13.771528");
  EXPECT_EQ(python_timedelta(13), "0:00:13");
  EXPECT_EQ(python_timedelta(0.000001), "0:00:00.000001");
  EXPECT_EQ(python_timedelta(59.9999999), "0:01:00");
  EXPECT_EQ(python_timedelta(3600 * 23 + 59 * 60 + 59), "23:59:59");
  EXPECT_EQ(python_timedelta(86400 + 2 * 3600 + 3 * 60 + 4.5), "1 day, 2:03:04.500000");
  EXPECT_EQ(python_timedelta(10 * 86400), "10 days, 0:00:00");
}

TEST(PythonTimedelta, RefusesWhatIsNoDuration) {
  for (const double seconds : {-1e-9, std::nan(""), 1e300}) {
    EXPECT_THROW(python_timedelta(seconds), InputError);
  }
}

TEST(PythonTime, ReadsBackWhatIsWritten) {
  for (const double seconds : {0.0, 0.5, 13.771528, 3599.999999, 86400.0, 1234567.25}) {
    EXPECT_NEAR(parse_python_time(python_timedelta(seconds)).value(), seconds, 1e-6);
  }
}

TEST(PythonTime, AcceptsPlainSeconds) {
  EXPECT_EQ(parse_python_time("15.4"), 15.4);
  EXPECT_EQ(parse_python_time("7"), 7);
}

TEST(PythonTime, RefusesTheRest) {
  for (const char* text :
       {"", "-1", "nan", "1:2", "0:60:00", "0:00:60", "0:00:-1", ":00:00", "a:b:c", "1 day 0:00:00",
        "1 week, 0:00:00", "0:00:00 ", "1:2:3:4", "0:00:nan", "9999999999:00:00"}) {
    EXPECT_EQ(parse_python_time(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace certify

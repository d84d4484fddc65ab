#include "core/attack/attack_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"

namespace certify {
namespace {

const std::vector<AttackedImage> kImages{
    {0, 4, 4, 0.1234567890123456789, 0.51, 2, 0.5},  // changed
    {20, 1, 1, 0.5, 2, kAbstain, 2},                 // withstood
    {40, 7, kAbstain},                               // not certified
    {60, 2, 3, 0.25, 0.4, 2, 0.3},                   // certified, wrong
};

std::string text() {
  std::string all = attack_header("l2");
  for (const AttackedImage& image : kImages) all += attack_row(image);
  return all;
}

TEST(AttackLog, ReadsWhatItWrote) {
  const AttackLog log = parse_attack_log(text(), "attack.tsv", "l2");
  EXPECT_EQ(log.images, kImages);
  EXPECT_EQ(log.bytes, text().size());
}

TEST(AttackLog, ARowThatACrashCutShortIsLeftOutWhereverItWasCut) {
  const std::string whole = text();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const AttackLog log = parse_attack_log(whole.substr(0, size), "attack.tsv", "l2");
    EXPECT_LE(log.bytes, size);
    EXPECT_TRUE(log.bytes == 0 || whole[log.bytes - 1] == '\n');
    for (std::size_t i = 0; i < log.images.size(); ++i) EXPECT_EQ(log.images[i], kImages[i]);
  }
}

TEST(AttackLog, DamageIsNamedWithItsLine) {
  const auto message = [](std::string content) -> std::string {
    try {
      parse_attack_log(content, "R/attack.tsv", "l2");
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("idx\tlabel\n"), "R/attack.tsv:1: expected the header of an attack");
  const auto after_header = [&](const char* row) { return message(attack_header("l2") + row); };
  EXPECT_EQ(after_header("1\t2\n"), "R/attack.tsv:2: 2 fields, expected 8 as in the header");
  EXPECT_EQ(after_header("1\t2\t2\tnan\t1\t1\t-1\t1\n"),
            "R/attack.tsv:2: radius is 'nan', expected a number >= 0");
  EXPECT_EQ(after_header("1\t2\t2\t0.5\t1\t-1\t-1\t1\n"),
            "R/attack.tsv:2: attack_radius is '-1', expected a number >= 0");
  EXPECT_EQ(after_header("1\t2\t2\t0.5\t1\t1\t-1\t1\tmore\n"),
            "R/attack.tsv:2: 9 fields, expected 8 as in the header");
  EXPECT_EQ(after_header("1 \t2\t2\t0.5\t1\t1\t-1\t1\n"),
            "R/attack.tsv:2: idx is '1 ', expected a number >= 0");
  for (const char* row : {"1\t2\t2\t0.5\t0\t1\t-1\t1\n", "1\t2\t2\t0.5\t1\t1\t-1\t1\r\n",
                          "1\t2\t2\t0.50\t1\t1\t-1\t1\n", "\n"}) {
    EXPECT_EQ(after_header(row), "R/attack.tsv:2: no row of an attack") << row;
  }
}

TEST(AttackLog, CurvesKeepEveryImageInTheDenominator) {
  const auto logs = attack_curves(kImages, "l2");
  ASSERT_EQ(logs.size(), 3u);
  const CertifiedAccuracy certified(logs[0]), settled(logs[1]), unchanged(logs[2]);
  for (const CertifiedAccuracy* curve : {&certified, &settled, &unchanged}) {
    EXPECT_EQ(curve->images(), 4);
    EXPECT_EQ(curve->at(0), 0.5);
  }
  EXPECT_EQ(certified.at(0.2), 0.25);
  EXPECT_EQ(settled.at(0.505), 0.25);
  EXPECT_EQ(unchanged.at(0.505), 0.5);
  EXPECT_EQ(unchanged.at(1.9), 0.25);
}

}  // namespace
}  // namespace certify

#include "core/runs/sample_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "tests/runs/example_run.h"

namespace certify {
namespace {

using testing::HasSubstr;

const RecordShape kShape{3, 10, 100};

void expect_equal(const ImageSamples& a, const ImageSamples& b) {
  EXPECT_EQ(a.index, b.index);
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.selection, b.selection);
  EXPECT_EQ(a.estimation, b.estimation);
  EXPECT_NEAR(a.seconds, b.seconds, 1e-6);
}

std::string refusal(const std::string& line, const RecordShape& shape = kShape) {
  try {
    parse_line(line, shape);
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SampleRecord, ReadsBackWhatItWrote) {
  for (std::int64_t index = 0; index < 2000; index += 20) {
    expect_equal(parse_line(to_line(example_samples(index)), kShape).samples,
                 example_samples(index));
  }
}

TEST(SampleRecord, IsTheLineOfTheDocumentation) {
  ImageSamples s;
  s.index = 20;
  s.label = 2;
  s.selection = {{0, 1, 9}, 0};
  s.estimation = {{0, 0, 98}, 2};
  s.seconds = 1.25;
  const std::string line = to_line(s);
  EXPECT_THAT(line,
              HasSubstr(R"({"index":20,"label":2,"selection":{"1":1,"2":9},"estimation":{"2":98},)"
                        R"("invalid":[0,2],"seconds":1.250000,"crc":")"));
}

TEST(SampleRecord, AThousandClassesStayAShortLine) {
  ImageSamples s;
  s.selection.votes.resize(1000);
  s.estimation.votes.resize(1000);
  s.estimation.votes[999] = 100;
  EXPECT_LT(to_line(s).size(), 150u);
  expect_equal(parse_line(to_line(s), {1000, 0, 100}).samples, s);
}

TEST(SampleRecord, EveryChangedByteIsNoticed) {
  const std::string line = to_line(example_samples(40));
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (const char other : {'0', '7', '}', ' ', '\xff'}) {
      if (line[i] == other) continue;
      std::string damaged = line;
      damaged[i] = other;
      ASSERT_NE(refusal(damaged), "accepted") << damaged;
    }
  }
  for (std::size_t i = 0; i < line.size(); ++i) {
    ASSERT_NE(refusal(line.substr(0, i)), "accepted") << i;
  }
}

TEST(SampleRecord, RefusesCountsThatDoNotFitTheRun) {
  const std::string line = to_line(example_samples(40));
  EXPECT_THAT(refusal(line, {3, 10, 101}), HasSubstr("do not sum to 101"));
  EXPECT_THAT(refusal(line, {3, 9, 100}), HasSubstr("do not sum to 9"));
  EXPECT_THAT(refusal(line, {1, 10, 100}), HasSubstr("outside 0..0"));
}

TEST(SampleRecord, RefusesNegativeCountsAndForeignLabelsEvenWithARightChecksum) {
  ImageSamples s = example_samples(0);
  s.estimation.votes = {110, -10, 0};
  EXPECT_THAT(refusal(to_line(s)), HasSubstr("do not sum"));
  s = example_samples(0);
  s.label = 3;
  EXPECT_THAT(refusal(to_line(s)), HasSubstr("label 3"));
}

}  // namespace
}  // namespace certify

#include "core/runs/samples/sample_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <boost/crc.hpp>

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

ImageSamples with_gradient() {
  ImageSamples s;
  s.label = 1;
  s.selection = {{0, 10, 0}, 0};
  s.estimation = {{1, 98, 1}, 0};
  s.gradient = {1, 50, 50, 12, 0.1, 1.0 / 3, {{"R", 4, 1e-17}, {"G", 4, -0.25}, {"B", 4, 0.35}}};
  return s;
}

TEST(SampleRecord, GradientStatisticsComeBackToTheLastBit) {
  const RecordShape shape{3, 10, 100, {}, false, true, 12};
  const ImageSamples written = with_gradient();
  EXPECT_EQ(parse_line(to_line(written), shape).samples.gradient, written.gradient);
}

TEST(SampleRecord, RefusesGradientStatisticsThatCannotBeOfThisRun) {
  const RecordShape shape{3, 10, 100, {}, false, true, 12};
  const std::string line = to_line(with_gradient());
  EXPECT_THAT(refusal(line), HasSubstr("the run keeps none"));
  EXPECT_THAT(refusal(line, {3, 10, 100, {}, false, true, 48}),
              HasSubstr("12 dimensions, 48 expected"));
  ImageSamples wrong = with_gradient();
  wrong.gradient = {};
  EXPECT_THAT(refusal(to_line(wrong), shape), HasSubstr("missing"));
  wrong = with_gradient();
  wrong.gradient.n2 = 49;
  EXPECT_THAT(refusal(to_line(wrong), shape), HasSubstr("50 + 49 samples, 100 expected"));
  wrong = with_gradient();
  wrong.gradient.n1 = 0;
  wrong.gradient.n2 = 100;
  EXPECT_THAT(refusal(to_line(wrong), shape), HasSubstr("0 + 100 samples"));
  wrong = with_gradient();
  wrong.gradient.tested = 3;
  EXPECT_THAT(refusal(to_line(wrong), shape), HasSubstr("a class that does not exist"));
  wrong = with_gradient();
  wrong.gradient.subspaces[0].dimension = 13;
  EXPECT_THAT(refusal(to_line(wrong), shape), HasSubstr("a subspace of 13 dimensions"));
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

class StoppedRecord : public ::testing::Test {
 protected:
  StoppedRecord() {
    samples_ = example_samples(40);
    samples_.estimation = {{250, 5, 0}, 1};  // 256 of 1000: the second look
    samples_.stopped = StopReason::kCertified;
  }
  const RecordShape shape_{3, 10, 1000, {}, true};
  ImageSamples samples_;
};

TEST_F(StoppedRecord, SaysWhyAndReadsBack) {
  for (const StopReason reason : {StopReason::kCertified, StopReason::kHopeless}) {
    samples_.stopped = reason;
    const SampleRecord record = parse_line(to_line(samples_), shape_);
    EXPECT_EQ(record.samples.stopped, reason);
    expect_equal(record.samples, samples_);
  }
  EXPECT_THAT(to_line(samples_), HasSubstr(R"("invalid":[0,1],"stopped":"hopeless","seconds":)"));
}

TEST_F(StoppedRecord, AnImageThatDrewAllHasTheBytesOfARunWithoutStopping) {
  const std::string line = to_line(example_samples(40));
  EXPECT_EQ(line.find("stopped"), std::string::npos);
  expect_equal(parse_line(line, {3, 10, 100, {}, true}).samples, example_samples(40));
}

TEST_F(StoppedRecord, HasAReasonIfAndOnlyIfFewerThanNWereDrawn) {
  samples_.stopped = StopReason::kNone;
  EXPECT_THAT(refusal(to_line(samples_), shape_), HasSubstr("do not sum to 1000"));
  samples_.stopped = StopReason::kHopeless;
  samples_.estimation.votes[0] = 994;
  EXPECT_THAT(refusal(to_line(samples_), shape_), HasSubstr("counts sum to 1000, where the rule"));
}

TEST_F(StoppedRecord, StopsOnlyWhereTheRuleLooks) {
  samples_.estimation.votes[0] += 1;
  EXPECT_THAT(refusal(to_line(samples_), shape_), HasSubstr("counts sum to 257, where the rule"));
  samples_.estimation = {{0, 0, 0}, 0};
  EXPECT_THAT(refusal(to_line(samples_), shape_), HasSubstr("counts sum to 0, where the rule"));
}

TEST_F(StoppedRecord, IsRefusedInARunThatDrawsAll) {
  EXPECT_THAT(refusal(to_line(samples_), {3, 10, 1000}), HasSubstr("the run draws all"));
}

TEST_F(StoppedRecord, GivesAReasonThatThereIs) {
  std::string line = to_line(samples_);
  line.replace(line.find("certified"), 9, "convinced");
  line = line.substr(0, line.rfind(",\"crc\""));
  boost::crc_32_type crc;
  crc.process_bytes(line.data(), line.size());
  line += fmt::format(",\"crc\":\"{:08x}\"}}", crc.checksum());
  EXPECT_THAT(refusal(line, shape_), HasSubstr("expected certified or hopeless"));
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

#include <filesystem>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/curves/certified_accuracy.h"
#include "core/report/logs/cohen_log.h"
#include "tests/support/gzip.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

const std::string kHeader = "idx\tlabel\tpredict\tradius\tcorrect\ttime\n";
const std::string kRows =
    "0\t3\t-1\t0.0\t0\t0:00:13.736080\n"
    "20\t7\t7\t0.0734\t1\t0:00:13.771528\n"
    "40\t4\t2\t0.5\t0\t15.4\n";

TEST(CohenLog, ReadsCohensColumns) {
  const RadiusLog log = parse_cohen_log(kHeader + kRows, "log");
  ASSERT_THAT(log.rows, SizeIs(3));
  EXPECT_EQ(log.rows[0].predicted, kAbstain);
  EXPECT_NEAR(log.rows[0].seconds, 13.73608, 1e-9);
  EXPECT_EQ(log.rows[1].index, 20);
  EXPECT_EQ(log.rows[1].label, 7);
  EXPECT_EQ(log.rows[1].radius, 0.0734);
  EXPECT_TRUE(log.rows[1].correct);
  EXPECT_FALSE(log.rows[2].correct);
  EXPECT_EQ(log.rows[2].seconds, 15.4);
  EXPECT_THAT(log.notes, IsEmpty());
}

TEST(CohenLog, ReadsColumnsByNameWhateverStandsBetweenThem) {
  // The layouts of ANCER and of Input-Specific Certification, and one in another order.
  for (const char* text : {"idx\tlabel\tpredict\tradius\tradius_proxy\tmin_sigma\tcorrect\ttime\n"
                           "5\t1\t1\t0.25\t9\t8\t1\t1.5\n",
                           "idx\tlabel\tpredict\tpA\tsamplesize\tradius\tcorrect\ttime\n"
                           "5\t1\t1\t0.99\t1000\t0.25\t1\t1.5\n",
                           "correct\tradius\tpredict\tlabel\tidx\n1\t0.25\t1\t1\t5\n"}) {
    const RadiusLog log = parse_cohen_log(text, "log");
    ASSERT_THAT(log.rows, SizeIs(1));
    EXPECT_EQ(log.rows[0].index, 5);
    EXPECT_EQ(log.rows[0].radius, 0.25);
    EXPECT_TRUE(log.rows[0].correct);
  }
}

TEST(CohenLog, PrefersTheFullRadiusAndTakesAnotherOnRequest) {
  const std::string text =
      "idx\tlabel\tpredict\tradius\tcorrect\ttime\tradius_full\n0\t1\t1\t0.409\t1\t1\t0.40961\n";
  EXPECT_EQ(parse_cohen_log(text, "log").rows[0].radius, 0.40961);
  EXPECT_EQ(parse_cohen_log(text, "log", "radius").rows[0].radius, 0.409);
}

TEST(CohenLog, TakesPLowerWhereItCanBeAProbability) {
  const std::string text =
      "idx\tlabel\tpredict\tradius\tcorrect\tp_lower\n0\t1\t1\t0.4\t1\t0.9493\n"
      "1\t1\t1\t0.4\t1\t1.5\n2\t1\t1\t0.4\t1\tnone\n3\t1\t1\t0.4\t1\t0\n";
  const RadiusLog log = parse_cohen_log(text, "log");
  EXPECT_EQ(log.rows[0].p_lower, 0.9493);
  EXPECT_EQ(log.rows[1].p_lower, -1);
  EXPECT_EQ(log.rows[2].p_lower, -1);
  EXPECT_EQ(log.rows[3].p_lower, 0);
  EXPECT_EQ(parse_cohen_log(kHeader + kRows, "log").rows[0].p_lower, -1);
}

TEST(CohenLog, AcceptsWindowsLinesABomBlankLinesAndNoFinalNewline) {
  const RadiusLog log = parse_cohen_log(
      "\xEF\xBB\xBF\r\nidx\tlabel\tpredict\tradius\tcorrect\ttime\r\n\r\n0\t1\t1\t0.5\t1\t2\r\n"
      "  \r\n1\t1\t1\t0.5\t1\t2",
      "log");
  EXPECT_THAT(log.rows, SizeIs(2));
}

TEST(CohenLog, PassesOverRepeatedHeadersAndSaysSo) {
  const RadiusLog log = parse_cohen_log(kHeader + kRows + kHeader + "60\t1\t1\t0.5\t1\t2\n", "log");
  EXPECT_THAT(log.rows, SizeIs(4));
  EXPECT_THAT(log.notes, ElementsAre(HasSubstr("1 repeated header")));
}

TEST(CohenLog, PassesOverASummaryBehindTheRowsAndSaysWhere) {
  const RadiusLog log =
      parse_cohen_log(kHeader + kRows + "\nclean accuracy: 0.33\nACR\t0.02\n", "log");
  EXPECT_THAT(log.rows, SizeIs(3));
  EXPECT_THAT(log.notes, ElementsAre(HasSubstr("log:6: text")));
}

TEST(CohenLog, CountsSkippedImagesAsAbstentions) {
  const RadiusLog log = parse_cohen_log(kHeader + kRows + "60\t1\t-2\t0.0\t0\t0\n", "log");
  ASSERT_THAT(log.rows, SizeIs(4));
  EXPECT_EQ(CertifiedAccuracy(log).abstained(), 2);
  EXPECT_THAT(log.notes, ElementsAre(HasSubstr("1 skipped")));
}

TEST(CohenLog, ReadsColumnsWithBlanksAroundTheTabs) {
  const RadiusLog log = parse_cohen_log(
      "idx \t label\t predict \tradius\t correct\ttime \n 0 \t 3\t -1 \t0.0\t 0\t 1.5 \n"
      " 20\t7 \t 7\t 0.25 \t1 \t0:00:02\n",
      "log");
  ASSERT_THAT(log.rows, SizeIs(2));
  EXPECT_EQ(log.rows[0].predicted, kAbstain);
  EXPECT_EQ(log.rows[1].radius, 0.25);
  EXPECT_THAT(log.notes, IsEmpty());
}

/// As TSS and ARS print what they do not certify.
TEST(CohenLog, CertifiesNothingByANegativeOrInfiniteRadius) {
  const RadiusLog log = parse_cohen_log(kHeader +
                                            "0\t3\t3\t0.5\tTrue\t1\n"
                                            "20\t7\t5\t-0.2\tFalse\t1\n"
                                            "40\t2\t2\t-1.03\tTrue\t1\n"
                                            "60\t2\t2\tinf\tTrue\t1\n"
                                            "80\t2\t2\t-inf\tTrue\t1\n",
                                        "log");
  const CertifiedAccuracy curve(log);
  EXPECT_EQ(curve.images(), 5);
  EXPECT_EQ(curve.certified(0), 1);
  EXPECT_EQ(curve.abstained(), 4);
  EXPECT_EQ(curve.average_radius(), 0.1);
  EXPECT_EQ(curve.largest_radius(), 0.5);
  EXPECT_THAT(log.notes, ElementsAre("log: 4 image(s) with a negative or infinite radius count as "
                                     "not certified (as abstentions)"));
}

TEST(CohenLog, TellsThatCorrectIsARunningCount) {
  const RadiusLog log = parse_cohen_log(kHeader +
                                            "0\t3\t3\t0.5\t1\t1\n20\t7\t5\t0.2\t1\t1\n"
                                            "40\t2\t2\t1.0\t2\t1\n",
                                        "log");
  EXPECT_EQ(CertifiedAccuracy(log).correct(), 2);
  EXPECT_THAT(log.notes, ElementsAre(HasSubstr("log: `correct` is a running count")));
}

/// Each part counts from 1, as two runs of the program that were put into one file.
TEST(CohenLog, CountsAnewBehindARepeatedHeader) {
  const std::string rows = "0\t3\t3\t0.5\t1\t1\n20\t2\t2\t1.0\t2\t1\n";
  const RadiusLog log = parse_cohen_log(
      kHeader + rows + kHeader + "40\t3\t3\t0.5\t1\t1\n60\t2\t2\t1.0\t2\t1\n", "log");
  EXPECT_EQ(CertifiedAccuracy(log).correct(), 4);
}

TEST(CohenLog, TakesTimesThatLastDays) {
  const RadiusLog log = parse_cohen_log(kHeader + "0\t1\t1\t0.5\t1\t1 day, 2:03:04.5\n", "log");
  EXPECT_EQ(log.rows[0].seconds, 93784.5);
}

TEST(CohenLog, NamesTheColumnsThatCouldBeTheRadius) {
  const std::string text =
      "idx\tlabel\tcount\tpredict\tradiusR\tradius_L1\tradius_L2\tcorrect\n0\t1\t9.0\t1\t0\t.7\t."
      "4\t1\n";
  try {
    parse_cohen_log(text, "log.tsv");
    ADD_FAILURE() << "accepted";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("log.tsv:1"), HasSubstr("--radius-column"),
                                    HasSubstr("radiusR, radius_L1, radius_L2")));
  }
  EXPECT_EQ(parse_cohen_log(text, "log", "radius_L1").rows[0].radius, 0.7);
  EXPECT_THROW(parse_cohen_log(text, "log", "radius_L3"), DataError);
}

struct BadLog {
  const char* what;
  std::string text;
  std::string message;
};

class CohenLogRefuses : public testing::TestWithParam<BadLog> {};

TEST_P(CohenLogRefuses, WithLineAndReason) {
  try {
    parse_cohen_log(GetParam().text, "log");
    ADD_FAILURE() << "accepted " << GetParam().what;
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

const BadLog kBadLogs[] = {
    {"EmptyFile", "", "log: empty"},
    {"BlankFile", "\n\r\n  \n", "log: empty"},
    {"HeaderOnly", kHeader, "log: a header and no rows"},
    {"NoHeader", kRows, "log:1: no column 'idx'"},
    {"BytesThatATerminalWouldObey", "PK\x03\x04\xff\x9b[2J\n",
     "log:1: no column 'idx' in the header 'PK????[2J'"},
    {"SpacesForTabs", "idx label predict radius correct\n", "log:1: no column 'idx'"},
    {"PredictLog", "idx\tlabel\tpredict\tcorrect\ttime\n0\t1\t1\t1\t1\n",
     "log:1: a log of predict, which has no radii"},
    {"OurPredictLog",
     "idx\tlabel\tpredict\tcorrect\ttime\tn_top\tn_runner_up\tn\talpha\tsigma\tmethod\n",
     "log:1: a log of predict, which has no radii"},
    {"RadiusOfAnotherName", "idx\tlabel\tpredict\teps\tcorrect\n",
     "log:1: no column 'radius'; --radius-column can be one of: eps"},
    {"TwoRadiusColumns", "idx\tlabel\tpredict\tradius\tradius\tcorrect\n",
     "log:1: two columns are named radius"},
    {"TooFewFields", kHeader + kRows + "60\t1\t1\t0.5\n", "log:5: 4 fields, expected 6"},
    {"CutInTheFirstField", kHeader + kRows + "60", "log:5: 1 fields, expected 6"},
    {"TooManyFields", kHeader + "0\t1\t1\t0.5\t1\t2\t3\n", "log:2: 7 fields, expected 6"},
    {"IndexNoNumber", kHeader + "zero\t1\t1\t0.5\t1\t2\n", "log:2: idx is 'zero'"},
    {"IndexFractional", kHeader + "0.5\t1\t1\t0.5\t1\t2\n", "log:2: idx is '0.5'"},
    {"IndexNegative", kHeader + "-4\t1\t1\t0.5\t1\t2\n", "log:2: idx is '-4'"},
    {"LabelNegative", kHeader + "0\t-1\t-1\t0.5\t1\t2\n", "log:2: label is '-1'"},
    {"LabelTooLarge", kHeader + "0\t99999999999\t1\t0.5\t0\t2\n", "log:2: label is"},
    {"PredictBelowSkipped", kHeader + "0\t1\t-3\t0.5\t0\t2\n", "log:2: predict is '-3'"},
    {"RadiusNan", kHeader + "0\t1\t1\tnan\t1\t2\n", "log:2: radius is 'nan'"},
    {"RadiusNegativeNan", kHeader + "0\t1\t1\t-nan\t1\t2\n", "log:2: radius is '-nan'"},
    {"RadiusOverflow", kHeader + "0\t1\t1\t1e999\t1\t2\n", "log:2: radius is '1e999'"},
    {"RadiusWithUnit", kHeader + "0\t1\t1\t0.5px\t1\t2\n", "log:2: radius is '0.5px'"},
    {"RadiusEmpty", kHeader + "0\t1\t1\t\t1\t2\n", "log:2: radius is ''"},
    {"CorrectIsAWord", kHeader + "0\t1\t1\t0.5\tyes\t2\n",
     "log:2: correct is 'yes', expected 0 or 1, True or False, or a running count"},
    {"CorrectIsAFraction", kHeader + "0\t1\t1\t0.5\t0.5\t2\n", "log:2: correct is '0.5'"},
    {"CorrectTooGood", kHeader + "0\t1\t2\t0.5\t1\t2\n", "log:2: correct is 1, but predict is 2"},
    {"CorrectTooBad", kHeader + "0\t1\t1\t0.5\t0\t2\n", "log:2: correct is 0, but predict is 1"},
    {"CorrectOfAnAbstention", kHeader + "0\t1\t-1\t0.0\t1\t2\n", "log:2: correct is 1, but"},
    {"TimeNoTime", kHeader + "0\t1\t1\t0.5\t1\tsoon\n", "log:2: time is 'soon'"},
    {"ImageTwice", kHeader + kRows + kHeader + "20\t7\t7\t0.1\t1\t2\n",
     "log:6: image 20 was already in line 3"},
    {"TextBetweenRows", kHeader + kRows + "resumed\n60\t1\t1\t0.5\t1\t2\n",
     "log:5: cannot be a row, and rows follow it in line 6"},
    {"ZerosOfALostBlock", kHeader + kRows + std::string(64, '\0'), "log:5: 1 fields"},
    {"AnotherHeaderInBetween", kHeader + kRows + "idx\tlabel\tpredict\tradius\tpA\tcorrect\n",
     "log:5: idx is 'idx'"},
};

INSTANTIATE_TEST_SUITE_P(Malformed, CohenLogRefuses, testing::ValuesIn(kBadLogs),
                         [](const auto& param_info) { return std::string(param_info.param.what); });

/// Whatever the bytes: rows that hold together, or a DataError; never a crash, never another error.
void expect_rows_or_data_error(const std::string& text) {
  try {
    const RadiusLog log = parse_cohen_log(text, "log");
    const CertifiedAccuracy curve(log);  // throws on a radius that is none
    EXPECT_LE(curve.correct(), curve.images());
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("log:"));
  }
}

TEST(CohenLog, SurvivesDamagedFiles) {
  std::mt19937 random(42);
  std::string good = kHeader;
  for (int i = 0; i < 20; ++i) good += std::to_string(i) + "\t1\t1\t0.5\t1\t0:00:01\n";
  for (int round = 0; round < 20000; ++round) {
    std::string text = good;
    for (auto edits = random() % 4 + 1; edits > 0 && !text.empty(); --edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 8);
          break;
        case 2:
          text.insert(at, 1, "\t\n\r-.e9\0"[random() % 8]);
          break;
        default:
          text.resize(std::max<std::size_t>(at, 1));
          break;
      }
    }
    expect_rows_or_data_error(text);
  }
}

TEST(CohenLog, SurvivesRandomBytes) {
  std::mt19937 random(43);
  for (int round = 0; round < 5000; ++round) {
    std::string text = round % 2 == 0 ? kHeader : "";
    for (auto size = random() % 200; size > 0; --size) text += static_cast<char>(random());
    expect_rows_or_data_error(text);
  }
}

class CohenLogFile : public testing::Test {
 protected:
  CohenLogFile() { std::filesystem::create_directories(folder_); }
  ~CohenLogFile() override { std::filesystem::remove_all(folder_); }
  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) /
      testing::UnitTest::GetInstance()->current_test_info()->name() / "run-s0.25";
};

TEST_F(CohenLogFile, IsNamedAfterTheFileOrTheRun) {
  replace_file(folder_ / "certificates.tsv", kHeader + kRows);
  replace_file(folder_ / "sigma_0.25", kHeader + kRows);
  EXPECT_EQ(read_cohen_log(folder_).name, "run-s0.25");
  EXPECT_EQ(read_cohen_log(folder_ / "").name, "run-s0.25");
  EXPECT_EQ(read_cohen_log(folder_ / "certificates.tsv").name, "certificates");
  EXPECT_EQ(read_cohen_log(folder_ / "sigma_0.25").name, "sigma_0.25");
}

TEST_F(CohenLogFile, IsUnpackedWhateverItsName) {
  replace_file(folder_ / "s_0.25.tsv.gz", gzip(kHeader + kRows));
  replace_file(folder_ / "s_0.5.tsv", gzip(kHeader + kRows));
  EXPECT_EQ(read_cohen_log(folder_ / "s_0.25.tsv.gz").name, "s_0.25");
  EXPECT_EQ(read_cohen_log(folder_ / "s_0.25.tsv.gz").rows.size(), 3U);
  EXPECT_EQ(read_cohen_log(folder_ / "s_0.5.tsv").rows.size(), 3U);
  const std::string packed = gzip(kHeader + kRows);
  replace_file(folder_ / "cut.tsv.gz", packed.substr(0, packed.size() / 2));
  EXPECT_THAT([&] { read_cohen_log(folder_ / "cut.tsv.gz"); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("cut.tsv.gz: "), HasSubstr("cut short"))));
}

TEST_F(CohenLogFile, OfARunOfPredictIsNamedAsOneWithoutRadii) {
  replace_file(folder_ / "predictions.tsv", "idx\tlabel\tpredict\tcorrect\ttime\n0\t1\t1\t1\t1\n");
  EXPECT_THAT([&] { read_cohen_log(folder_); },
              ThrowsMessage<DataError>(HasSubstr("run-s0.25: a run of predict")));
}

TEST_F(CohenLogFile, NamesTheFileInErrors) {
  EXPECT_THROW(read_cohen_log(folder_ / "missing.tsv"), DataError);
  EXPECT_THROW(read_cohen_log(folder_), DataError);  // a folder without certificates.tsv
  replace_file(folder_ / "certificates.tsv", kHeader + "0\t1\n");
  try {
    read_cohen_log(folder_);
    ADD_FAILURE() << "accepted";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("run-s0.25/certificates.tsv:2: "));
  }
}

}  // namespace
}  // namespace certify

#include "models/function_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/base/errors.h"

namespace certify {
namespace {

using testing::HasSubstr;
using Kind = FunctionFault::Kind;

constexpr ImageShape kShape{1, 2, 2};
constexpr int kClasses = 3;

/// Logits: the first three pixels of each image, as `change` leaves them.
class ThreePixels final : public BaseClassifier {
 public:
  /// Takes all logits of a batch, a row an image.
  using Change = std::function<void(std::vector<float>& logits, std::int64_t rows)>;
  explicit ThreePixels(Change change) : change_(std::move(change)) {}

  ImageShape input_shape() const override { return kShape; }
  int num_classes() const override { return kClasses; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    std::vector<float> all;
    for (std::int64_t row = 0; row < rows; ++row) {
      all.insert(all.end(), batch + row * kShape.size(), batch + row * kShape.size() + kClasses);
    }
    change_(all, rows);
    std::copy(all.begin(), all.end(), out);
  }

 private:
  Change change_;
};

/// The first class's logits, with `part` of their mean over the batch.
void mix(std::vector<float>& logits, std::int64_t rows, float part) {
  float mean = 0;
  for (std::size_t i = 0; i < logits.size(); i += kClasses) {
    mean += logits[i] / static_cast<float>(rows);
  }
  for (std::size_t i = 0; i < logits.size(); i += kClasses) logits[i] += part * mean;
}

void mask(std::vector<float>& logits, float with) {
  for (std::size_t i = 2; i < logits.size(); i += kClasses) logits[i] = with;
}

std::optional<FunctionFault> fault(const ThreePixels::Change& change,
                                   Precision precision = Precision::kFp32) {
  const ThreePixels network(change);
  return FunctionCheck(network, precision).try_small_batches();
}

void expect_dependent(const ThreePixels::Change& change) {
  const auto found = fault(change);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::kBatchDependent);
  EXPECT_THAT(found->why, HasSubstr("depend on the other images of the batch (class 0 has "));
}

TEST(FunctionCheck, LetsAFunctionPassWhateverItsLogitsAre) {
  EXPECT_FALSE(fault([](auto&, auto) {}));
  for (const float with : {-1e4F, -1e9F, -std::numeric_limits<float>::infinity(),
                           std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_FALSE(fault([&](auto& logits, auto) { mask(logits, with); }));
  }
  EXPECT_FALSE(fault([](auto& logits, auto) {
    for (float& v : logits) v = 0;
  }));
}

TEST(FunctionCheck, LetsRoundingPassThatHangsOnTheBatch) {
  for (const float scale : {1e-12F, 1.0F, 1e12F}) {
    EXPECT_FALSE(fault([&](auto& logits, auto rows) {
      for (float& v : logits) v *= scale * (1 + 0x1p-21F * static_cast<float>(rows));
    }));
  }
}

TEST(FunctionCheck, SeesDependenceFarBelowAPercent) {
  expect_dependent([](auto& logits, auto rows) { mix(logits, rows, 1); });
  expect_dependent([](auto& logits, auto rows) { mix(logits, rows, 1e-3F); });
}

TEST(FunctionCheck, AMaskedClassHidesNothing) {
  for (const float with : {-1e4F, -1e9F, -std::numeric_limits<float>::infinity(),
                           std::numeric_limits<float>::quiet_NaN()}) {
    expect_dependent([&](auto& logits, auto rows) {
      mix(logits, rows, 0.1F);
      mask(logits, with);
    });
  }
}

TEST(FunctionCheck, AnImageOutOfAllMeasureHidesNothingOfTheOthers) {
  expect_dependent([](auto& logits, auto rows) {
    mix(logits, rows, 0.1F);
    for (std::size_t i = 0; i < logits.size(); i += kClasses) {
      if (logits[i + 1] > 0.7F) logits[i + 2] = 1e6F;  // one of the four
    }
  });
}

TEST(FunctionCheck, AnOffsetOfAllLogitsHidesNothing) {
  expect_dependent([](auto& logits, auto rows) {
    mix(logits, rows, 0.1F);
    for (float& v : logits) v += 1000;
  });
}

TEST(FunctionCheck, ALogitThatIsANumberInOneBatchAloneIsAFault) {
  expect_dependent([](auto& logits, auto rows) {
    if (rows == 2) logits[0] = std::numeric_limits<float>::quiet_NaN();
  });
}

TEST(FunctionCheck, NoiseOfItsOwnIsSaidToBeThat) {
  // Every call has noise of its own, or only the third and each third after it.
  for (const int period : {1, 3}) {
    int calls = 0;
    const auto found = fault([&](auto& logits, auto) {
      if (++calls % period == 0) logits[0] += 0.1F * std::sin(static_cast<float>(calls));
    });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, Kind::kRandom);
    EXPECT_THAT(found->why, HasSubstr("noise of its own"));
  }
}

TEST(FunctionCheck, ALowerPrecisionMayRoundMore) {
  const auto rounded = [](auto& logits, auto rows) {
    for (float& v : logits) v *= 1 + 0x1p-11F * static_cast<float>(rows);
  };
  EXPECT_FALSE(fault(rounded, Precision::kFp16));
  EXPECT_FALSE(fault(rounded, Precision::kTf32));
  EXPECT_FALSE(fault(rounded, Precision::kBf16));
  EXPECT_TRUE(fault(rounded, Precision::kFp32));
}

TEST(FunctionCheck, TriesTheBatchThatItIsTold) {
  const ThreePixels network([](auto& logits, auto rows) {
    if (rows == 24) mix(logits, rows, 1);
  });
  const FunctionCheck check(network, Precision::kFp32);
  EXPECT_FALSE(check.try_small_batches());
  EXPECT_FALSE(check.try_batch(23));
  EXPECT_TRUE(check.try_batch(24));
}

TEST(FunctionCheck, SeesWhatOnlyTheNoiseOfARunReaches) {
  for (const float threshold : {2.2F, 2.6F, 3.0F}) {
    const ThreePixels network([&](auto& logits, auto) {
      if (*std::max_element(logits.begin(), logits.end()) <= threshold) return;
      for (float& v : logits) v *= 0.5F;
    });
    const FunctionCheck check(network, Precision::kFp32);
    EXPECT_FALSE(check.try_small_batches());
    EXPECT_FALSE(check.try_batch(64));
    const auto fault = check.try_noise(1, 64);
    ASSERT_TRUE(fault) << threshold;
    EXPECT_EQ(fault->kind, Kind::kBatchDependent);
    EXPECT_FALSE(check.try_noise(0.05, 64)) << "out of its reach";
  }
  const ThreePixels function([](auto& logits, auto) {
    for (float& v : logits) v = v > 1.5F ? -v : v;
  });
  EXPECT_FALSE(FunctionCheck(function, Precision::kFp32).try_noise(1, 64));
  EXPECT_FALSE(FunctionCheck(function, Precision::kFp32).try_noise(1, 1));
}

TEST(FunctionCheck, ANetworkThatTakesNoBatchOfOneMayPass) {
  const auto needs_two = [](auto&, auto rows) {
    if (rows == 1) throw DataError("needs two rows");
  };
  EXPECT_FALSE(fault(needs_two));
  const ThreePixels network(needs_two);
  EXPECT_THROW(FunctionCheck(network, Precision::kFp32).try_batch(1), DataError);
}

TEST(FunctionCheck, OtherSumsAreTheSameNetworkAndOtherNumbersAreNot) {
  const auto scaled = [](float by) {
    return ThreePixels([by](auto& logits, auto) {
      for (float& v : logits) v *= by;
    });
  };
  const auto network = scaled(1);
  const FunctionCheck check(network, Precision::kFp32);
  EXPECT_FALSE(check.difference_to(scaled(1.0001F)));
  const auto other = check.difference_to(scaled(1.01F));
  ASSERT_TRUE(other);
  EXPECT_THAT(*other, HasSubstr("class 0 has "));
}

}  // namespace
}  // namespace certify

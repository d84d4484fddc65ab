#include "core/base/normalization.h"

#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/configs/option_table.h"

namespace certify {
namespace {

TEST(ParseNormalization, KnowsTheUsualOnesAndReadsNumbers) {
  EXPECT_TRUE(parse_normalization("none", 3).mean.empty());
  EXPECT_EQ(parse_normalization("cifar10", 3).mean[0], 0.4914f);
  EXPECT_EQ(parse_normalization("imagenet", 3).stddev[2], 0.225f);
  EXPECT_EQ(parse_normalization("mnist", 1).mean, std::vector<float>{0.1307f});
  EXPECT_EQ(parse_normalization("fashion-mnist", 1).stddev, std::vector<float>{0.3530f});
  const auto one = parse_normalization("0.5/0.25", 3);
  EXPECT_EQ(one.mean, (std::vector<float>{0.5f, 0.5f, 0.5f}));
  EXPECT_EQ(one.stddev, (std::vector<float>{0.25f, 0.25f, 0.25f}));
  EXPECT_EQ(parse_normalization("0.1,0.2/1,2", 2).stddev[1], 2.0f);
}

TEST(ParseNormalization, KnowsWhatTheShellOffers) {
  for (const std::string_view word : option_spec("normalize").examples) {
    EXPECT_TRUE(word == "none" || has_normalization(word)) << word;
  }
}

TEST(ParseNormalization, RefusesTheRest) {
  for (const char* bad : {"", "svhn", "0.5", "0.5/", "/1", "0.5/0", "0.5/-1", "a/b", "0.5/nan",
                          "0.1,0.2/1", "0.1,,0.2/1", "0.5/1x"}) {
    EXPECT_THROW(parse_normalization(bad, 3), InputError) << bad;
  }
}

}  // namespace
}  // namespace certify

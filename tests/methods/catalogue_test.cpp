#include "core/methods/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/base/errors.h"

namespace certify {
namespace {

TEST(Catalogue, FindsEveryMethodByItsName) {
  std::set<std::string_view> names;
  for (const Method* method : all_methods()) {
    EXPECT_EQ(&find_method(method->name), method);
    EXPECT_TRUE(names.insert(method->name).second) << method->name;
    EXPECT_FALSE(method->source.empty());
    EXPECT_FALSE(method->guarantee.empty());
  }
}

TEST(Catalogue, NamesTheMethodsThatThereAreWhenOneIsUnknown) {
  try {
    find_method("cohan");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("'cohan'"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("cohen, two-sided, first-margin"));
  }
}

TEST(Catalogue, EveryMethodCertifiesEnoughAgreeingSamples) {
  for (const Method* method : all_methods()) {
    const auto n = smallest_certifying_n(*method, {.sigma = 1, .alpha = 0.001}, 10);
    EXPECT_GE(n, 1) << method->name;
    EXPECT_LE(n, 1000) << method->name;
  }
}

TEST(Catalogue, KnowsTheSmallestNumberOfSamplesThatCanCertify) {
  // alpha^(1/n) > 1/2 from n = 10 on at 0.001; half of alpha costs one sample more; verifying the
  // class at alpha / 10 needs 2 / 2^n <= 0.0001.
  EXPECT_EQ(smallest_certifying_n(find_method("cohen"), {.sigma = 1, .alpha = 0.001}, 10), 10);
  const MethodOptions same{.sigma = 1, .alpha = 0.001, .selection = Selection::kSame};
  EXPECT_EQ(smallest_certifying_n(find_method("cohen"), same, 10), 11);
  EXPECT_EQ(smallest_certifying_n(find_method("two-sided"), same, 10), 15);
  EXPECT_EQ(smallest_certifying_n(find_method("predict"), same, 10), 11);
}

TEST(Catalogue, RefusesOptionsThatNoNumberOfSamplesHelps) {
  EXPECT_THROW(smallest_certifying_n(find_method("cohen"), {.sigma = 1, .alpha = 2}, 10),
               InputError);
}

}  // namespace
}  // namespace certify

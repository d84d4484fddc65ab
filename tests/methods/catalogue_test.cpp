#include "core/methods/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numbers>
#include <set>

#include "core/base/errors.h"
#include "core/methods/certify_many.h"
#include "core/methods/counts/cohen.h"
#include "tests/methods/samples.h"

namespace certify {
namespace {

using testing::samples_of;

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
    EXPECT_THAT(error.what(), ::testing::HasSubstr("perhaps cohen;"));
  }
  try {
    find_method("magic");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("cohen, two-sided, first-margin"));
  }
}

TEST(Catalogue, EveryMethodCertifiesEnoughAgreeingSamples) {
  for (const Method* method : all_methods()) {
    const Noise noise =
        method->certain ? Noise{method->families[0], 0.2 / std::numbers::sqrt3} : gaussian_noise(1);
    const auto n = smallest_certifying_n(*method, {.noise = noise, .alpha = 0.001}, 10);
    EXPECT_GE(n, 1) << method->name;
    EXPECT_LE(n, 1000) << method->name;
  }
}

TEST(Catalogue, KnowsTheSmallestNumberOfSamplesThatCanCertify) {
  // alpha^(1/n) > 1/2 from n = 10 on at 0.001; half of alpha costs one sample more; verifying the
  // class at alpha / 10 needs 2 / 2^n <= 0.0001.
  EXPECT_EQ(
      smallest_certifying_n(find_method("cohen"), {.noise = gaussian_noise(1), .alpha = 0.001}, 10),
      10);
  const MethodOptions same{
      .noise = gaussian_noise(1), .alpha = 0.001, .selection = Selection::kSame};
  EXPECT_EQ(smallest_certifying_n(find_method("cohen"), same, 10), 11);
  EXPECT_EQ(smallest_certifying_n(find_method("two-sided"), same, 10), 15);
  EXPECT_EQ(smallest_certifying_n(find_method("predict"), same, 10), 11);
}

TEST(Catalogue, RefusesOptionsThatNoNumberOfSamplesHelps) {
  EXPECT_THROW(
      smallest_certifying_n(find_method("cohen"), {.noise = gaussian_noise(1), .alpha = 2}, 10),
      InputError);
}

/// A family that no method can know of: Gaussian noise by another name.
const NoiseFamily& made_up_family() {
  static const NoiseFamily family = [] {
    NoiseFamily copy = kGaussian;
    copy.name = "pink";
    return copy;
  }();
  return family;
}

TEST(Catalogue, SaysOfEveryMethodWhichNoiseItIsProvenFor) {
  for (const Method* method : all_methods()) {
    EXPECT_FALSE(method->families.empty()) << method->name;
    for (const NoiseFamily* family : method->families) require_family(*method, *family);
  }
}

TEST(CertifyOne, RefusesNoiseThatTheMethodIsNotProvenForByName) {
  const auto samples = samples_of({100, 0}, {990, 10});
  for (const Method* method : all_methods()) {
    try {
      certify_one(samples, *method, {.noise = {&made_up_family(), 1}});
      ADD_FAILURE() << method->name;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), ::testing::StartsWith("method '" + std::string(method->name) +
                                                      "' is not proven for pink noise; it is for " +
                                                      std::string(method->families[0]->name)));
    }
  }
  Method proven = kCohen;
  const NoiseFamily* const both[] = {&kGaussian, &made_up_family()};
  proven.families = both;
  EXPECT_FALSE(certify_one(samples, proven, {.noise = {&made_up_family(), 1}}).abstained());
}

TEST(CertifyOne, RefusesAnL2LipschitzConstantWithNoiseOfAnotherNorm) {
  NoiseFamily of_l1 = kGaussian;
  of_l1.norm = "l1";
  const NoiseFamily* const families[] = {&of_l1};
  Method proven = kCohen;
  proven.families = families;
  const auto samples = samples_of({100, 0}, {990, 10});
  EXPECT_NO_THROW(certify_one(samples, proven, {.noise = {&of_l1, 1}}));
  EXPECT_THROW(certify_one(samples, proven, {.noise = {&of_l1, 1}, .lipschitz = 1}), InputError);
}

}  // namespace
}  // namespace certify

#include "core/denoisers/denoiser.h"

#include <cmath>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/base/json_file.h"
#include "core/denoisers/diffusion.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using ::testing::HasSubstr;

/// The message of the InputError that it ends with.
template <class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// Those that the loop of Carlini et al. (2023) finds for the models that they used.
TEST(Denoiser, TheStepIsTheOneOfTheAuthorsLoop) {
  const auto step = [](const char* kind, double sigma) { return *denoiser_call(kind, sigma).step; };
  EXPECT_EQ(step("diffusion:linear:1000", 0.25), 145);
  EXPECT_EQ(step("diffusion:linear:1000", 0.5), 259);
  EXPECT_EQ(step("diffusion:linear:1000", 1), 396);
  EXPECT_EQ(step("diffusion:cosine:4000", 0.25), 1158);
  EXPECT_EQ(step("diffusion:cosine:4000", 0.5), 1984);
  EXPECT_EQ(step("diffusion:cosine:4000", 1), 2809);
}

TEST(Denoiser, TheStepIsTheFirstWithAsMuchNoise) {
  for (const char* schedule : {"linear", "scaled_linear", "squaredcos_cap_v2"}) {
    const Json spec{{"beta_schedule", schedule}, {"num_train_timesteps", 500}};
    const auto bars = alpha_bars(spec);
    ASSERT_EQ(bars.size(), 500U);
    for (const double sigma : {0.05, 0.12, 0.25, 0.5}) {
      const auto step = static_cast<std::size_t>(*diffusion_call(spec, sigma).step);
      const auto noise = [&](std::size_t t) { return std::sqrt((1 - bars[t]) / bars[t]) / 2; };
      EXPECT_GE(noise(step), sigma) << schedule;
      if (step > 0) {
        EXPECT_LT(noise(step - 1), sigma) << schedule;
      }
    }
  }
}

/// A denoiser that knows the noise gives the image back, whatever it predicts.
TEST(Denoiser, ARightPredictionGivesTheImageBack) {
  const double image = 0.3, sigma = 0.25, noise = 0.17;  // in [0,1], as the noise of a run
  for (const char* predicts : {"epsilon", "sample", "v_prediction"}) {
    const Json spec{{"beta_schedule", "linear"}, {"prediction_type", predicts}};
    const DenoiserCall call = diffusion_call(spec, sigma);
    const double a = alpha_bars(spec)[static_cast<std::size_t>(*call.step)];
    const double given = call.scale * (image + noise) + call.shift;
    const double x0 = 2 * image - 1;
    EXPECT_NEAR(given, std::sqrt(a) * (x0 + 2 * noise), 1e-15);
    const double epsilon = (given - std::sqrt(a) * x0) / std::sqrt(1 - a);
    const std::string name = predicts;
    const double answer = name == "epsilon"  ? epsilon
                          : name == "sample" ? x0
                                             : std::sqrt(a) * epsilon - std::sqrt(1 - a) * x0;
    EXPECT_NEAR(call.skip * given + call.out * answer, x0, 1e-12) << predicts;
    EXPECT_TRUE(call.diffusion);
  }
}

TEST(Denoiser, ADirectOneIsGivenTheNoisyImageItself) {
  EXPECT_EQ(denoiser_call("direct", 0.25), DenoiserCall{});
  EXPECT_FALSE(needs_sigma("direct"));
  EXPECT_TRUE(needs_sigma("diffusion:linear:1000"));
}

TEST(Denoiser, ATextThatIsNoneIsRefusedByName) {
  for (const char* text : {"", "indirect", "diffusion", "diffusion:linear",
                           "diffusion:linear:", "diffusion:linear:1e3", "diffusion:square:1000",
                           "diffusion::1000", "{\"kind\": \"flow\"}", "{", "{}[]"}) {
    EXPECT_THAT(refusal([&] { denoiser_call(text, 0.25); }), HasSubstr("--denoiser-kind")) << text;
  }
  EXPECT_THAT(refusal([] { denoiser_call("diffusion:linear:0", 0.25); }), HasSubstr("0 steps"));
  EXPECT_THAT(refusal([] { denoiser_call("diffusion:linear:10", 0.25); }), HasSubstr("beta"));
}

TEST(Denoiser, AScheduleThatDoesNotReachTheNoiseIsRefused) {
  EXPECT_THAT(refusal([] { denoiser_call("diffusion:linear:1000", 100); }),
              HasSubstr("no step of the schedule has noise of sigma 100: its last has 78.7"));
}

TEST(Denoiser, AFileIsAsDiffusersWriteIt) {
  const TemporaryFolder folder;
  const auto file = (folder.path() / "scheduler_config.json").string();
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  write(R"({"_class_name": "DDPMScheduler", "num_train_timesteps": 1000, "beta_start": 0.0001,
            "beta_end": 0.02, "beta_schedule": "linear", "trained_betas": null,
            "variance_type": "fixed_large", "clip_sample": true, "prediction_type": "epsilon"})");
  EXPECT_EQ(denoiser_call(read_denoiser_kind(file), 0.25),
            denoiser_call("diffusion:linear:1000", 0.25));
  write(R"({"rescale_betas_zero_snr": null, "num_train_timesteps": 100})");
  EXPECT_THAT(refusal([&] { denoiser_call(read_denoiser_kind(file), 5); }),
              HasSubstr("its last has 0.6"))
      << "as diffusers, not as guided-diffusion, whose 100 steps end as its 1000 do";
  write(R"({"trained_betas": [0.1, 0.2, 0.3]})");
  EXPECT_EQ(denoiser_call(read_denoiser_kind(file), 0.25).step, 1);
  write(R"({"kind": "direct"})");
  EXPECT_EQ(denoiser_call(read_denoiser_kind(file), 0.25), DenoiserCall{});
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {R"({"beta_shedule": "linear"})", "beta_shedule: no such key"},
           {R"({"beta_schedule": "sigmoid"})", "sigmoid: expected linear"},
           {R"({"prediction_type": "score"})", "score: expected epsilon"},
           {R"({"num_train_timesteps": 10.5})", "10.5 steps"},
           {R"({"num_train_timesteps": "10"})", "num_train_timesteps: expected a number"},
           {R"({"trained_betas": [0.1, 1.2]})", "step 1 has beta 1.2"},
           {R"({"trained_betas": []})", "without steps"},
           {R"({"trained_betas": "all"})", "expected a list"},
           {R"({"rescale_betas_zero_snr": true})", "rescale_betas_zero_snr"},
           {R"({"rescale_betas_zero_snr": 1})", "rescale_betas_zero_snr"},
           {R"({"kind": "direct", "steps": 3})", "direct has no settings"}}) {
    write(text);
    EXPECT_THAT(refusal([&] { read_denoiser_kind(file); }), HasSubstr(said)) << text;
  }
  EXPECT_THROW(read_denoiser_kind("no/such/file.json"), DataError);
}

}  // namespace
}  // namespace certify

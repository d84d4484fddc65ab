#include "core/denoisers/diffusion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numbers>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/json_file.h"

namespace certify {
namespace {

constexpr std::int64_t kMostSteps = 1'000'000;

double number(const Json& spec, const char* key, double fallback) {
  if (!spec.contains(key) || spec.at(key).is_null()) return fallback;
  if (!spec.at(key).is_number())
    throw InputError("{}: {}: expected a number", kDenoiserKindFlag, key);
  return spec.at(key).get<double>();
}

std::string word(const Json& spec, const char* key, const char* fallback) {
  if (!spec.contains(key) || spec.at(key).is_null()) return fallback;
  if (!spec.at(key).is_string())
    throw InputError("{}: {}: expected a word", kDenoiserKindFlag, key);
  return spec.at(key).get<std::string>();
}

std::int64_t steps_of(const Json& spec) {
  const double steps = number(spec, "num_train_timesteps", 1000);
  if (!(steps >= 1 && steps <= kMostSteps) || steps != std::floor(steps)) {
    throw InputError("{}: {} steps: expected a whole number between 1 and {}", kDenoiserKindFlag,
                     steps, kMostSteps);
  }
  return static_cast<std::int64_t>(steps);
}

/// From `first` to `last`, both among them.
std::vector<double> evenly(double first, double last, std::int64_t steps) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double share = steps == 1 ? 0 : static_cast<double>(i) / static_cast<double>(steps - 1);
    values.push_back(first + share * (last - first));
  }
  return values;
}

/// Ho et al. (2020), whose ends are the fallback of diffusers.
std::vector<double> linear(const Json& spec, std::int64_t steps) {
  return evenly(number(spec, "beta_start", 1e-4), number(spec, "beta_end", 0.02), steps);
}

std::vector<double> scaled_linear(const Json& spec, std::int64_t steps) {
  auto betas = evenly(std::sqrt(number(spec, "beta_start", 1e-4)),
                      std::sqrt(number(spec, "beta_end", 0.02)), steps);
  for (double& beta : betas) beta *= beta;
  return betas;
}

/// Nichol & Dhariwal (2021), eq. 17.
std::vector<double> cosine(const Json&, std::int64_t steps) {
  constexpr double kOffset = 0.008, kMostBeta = 0.999;
  const auto alpha_bar = [&](std::int64_t i) {
    const double time = static_cast<double>(i) / static_cast<double>(steps);
    const double c = std::cos((time + kOffset) / (1 + kOffset) * std::numbers::pi / 2);
    return c * c;
  };
  std::vector<double> betas;
  for (std::int64_t i = 0; i < steps; ++i) {
    betas.push_back(std::min(1 - alpha_bar(i + 1) / alpha_bar(i), kMostBeta));
  }
  return betas;
}

struct Schedule {
  std::string_view name, alias;
  std::vector<double> (*betas)(const Json& spec, std::int64_t steps);
};
constexpr std::array kSchedules{Schedule{"linear", "linear", linear},
                                Schedule{"scaled_linear", "scaled_linear", scaled_linear},
                                Schedule{"squaredcos_cap_v2", "cosine", cosine}};

/// x₀ = skip · x_t + out · answer, where x_t = √ᾱ x₀ + √(1 - ᾱ) ε.
struct Prediction {
  std::string_view name;
  double (*skip)(double alpha_bar);
  double (*out)(double alpha_bar);
};
constexpr std::array kPredictions{
    Prediction{"epsilon", [](double a) { return 1 / std::sqrt(a); },
               [](double a) { return -std::sqrt((1 - a) / a); }},
    Prediction{"sample", [](double) { return 0.0; }, [](double) { return 1.0; }},
    Prediction{"v_prediction", [](double a) { return std::sqrt(a); },
               [](double a) { return -std::sqrt(1 - a); }}};

template <class Table>
const auto& find(const Table& table, std::string_view name, const char* key) {
  std::vector<std::string_view> names;
  for (const auto& row : table) {
    if (row.name == name) return row;
    names.push_back(row.name);
  }
  throw InputError("{}: {} {}: expected {}", kDenoiserKindFlag, key, name, fmt::join(names, ", "));
}

std::vector<double> betas_of(const Json& spec) {
  if (spec.contains("trained_betas") && !spec.at("trained_betas").is_null()) {
    try {
      const auto betas = spec.at("trained_betas").get<std::vector<double>>();
      if (spec.contains("num_train_timesteps") && steps_of(spec) != std::ssize(betas)) {
        throw InputError("{}: {} trained_betas, but num_train_timesteps is {}", kDenoiserKindFlag,
                         betas.size(), steps_of(spec));
      }
      return betas;
    } catch (const nlohmann::json::exception&) {
      throw InputError("{}: trained_betas: expected a list of numbers", kDenoiserKindFlag);
    }
  }
  std::string name = word(spec, "beta_schedule", "linear");
  for (const Schedule& schedule : kSchedules) {
    if (schedule.alias == name) name = schedule.name;
  }
  return find(kSchedules, name, "beta_schedule").betas(spec, steps_of(spec));
}

/// What a file may say beside what is read here. The rest of a scheduler_config.json says how
/// images are drawn, in many steps.
void check_keys(const Json& spec) {
  constexpr std::array kRead{"kind",     "num_train_timesteps", "beta_schedule",  "beta_start",
                             "beta_end", "trained_betas",       "prediction_type"};
  constexpr std::array kOfDrawing{"clip_sample",        "clip_sample_range",
                                  "variance_type",      "thresholding",
                                  "sample_max_value",   "dynamic_thresholding_ratio",
                                  "timestep_spacing",   "timestep_type",
                                  "steps_offset",       "set_alpha_to_one",
                                  "skip_prk_steps",     "algorithm_type",
                                  "solver_order",       "solver_type",
                                  "solver_p",           "predict_x0",
                                  "disable_corrector",  "lower_order_final",
                                  "euler_at_final",     "final_sigmas_type",
                                  "interpolation_type", "lambda_min_clipped",
                                  "sigma_min",          "sigma_max",
                                  "use_karras_sigmas",  "use_exponential_sigmas",
                                  "use_beta_sigmas",    "use_lu_lambdas"};
  // What makes another model of the noise. Null and false say that they do not.
  constexpr std::array kOther{"rescale_betas_zero_snr", "use_flow_sigmas"};
  for (const char* key : kOther) {
    const auto found = spec.find(key);
    if (found == spec.end() || found->is_null() || *found == Json(false)) continue;
    throw InputError("{}: {}: not known here", kDenoiserKindFlag, key);
  }
  for (const auto& [key, value] : spec.items()) {
    const bool known = std::ranges::find(kRead, key) != kRead.end() ||
                       std::ranges::find(kOfDrawing, key) != kOfDrawing.end() ||
                       std::ranges::find(kOther, key) != kOther.end() || key.starts_with('_');
    if (!known) {
      throw InputError("{}: {}: no such key; take it out if it only says how images are drawn",
                       kDenoiserKindFlag, key);
    }
  }
}

}  // namespace

std::vector<double> alpha_bars(const Json& spec) {
  const auto betas = betas_of(spec);
  if (betas.empty()) throw InputError("{}: a schedule without steps", kDenoiserKindFlag);
  std::vector<double> out;
  double product = 1;
  for (const double beta : betas) {
    if (!(beta > 0 && beta < 1)) {
      throw InputError("{}: step {} has beta {}: expected a number between 0 and 1",
                       kDenoiserKindFlag, out.size(), beta);
    }
    product *= 1 - beta;
    out.push_back(product);
  }
  return out;
}

DenoiserCall diffusion_call(const Json& spec, double sigma) {
  check_keys(spec);
  const Prediction& prediction =
      find(kPredictions, word(spec, "prediction_type", "epsilon"), "prediction_type");
  const auto bars = alpha_bars(spec);
  const auto sigma_at = [](double alpha_bar) { return std::sqrt((1 - alpha_bar) / alpha_bar) / 2; };
  const auto step = std::ranges::find_if(
      bars, [&](double a) { return (1 - a) / a >= 4 * sigma * sigma && a > 0; });
  if (step == bars.end()) {
    throw InputError("{}: no step of the schedule has noise of sigma {}: its last has {:.4g}",
                     kDenoiserKindFlag, sigma, sigma_at(bars.back()));
  }
  const double a = *step;
  return {.scale = 2 * std::sqrt(a),
          .shift = -std::sqrt(a),
          .step = step - bars.begin(),
          .skip = prediction.skip(a),
          .out = prediction.out(a),
          .diffusion = true};
}

}  // namespace certify

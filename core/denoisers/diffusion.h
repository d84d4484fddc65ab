#pragma once
/// Diffusion models as denoisers of one step (Carlini et al. 2023).

#include <nlohmann/json_fwd.hpp>

#include "core/denoisers/denoiser.h"

namespace certify {

/// ᾱ of every step, falling. @param spec  as diffusion_call()
std::vector<double> alpha_bars(const nlohmann::ordered_json& spec);

/// x_t = √ᾱ (2x - 1 + 2ε) at the first step t with (1 - ᾱ_t) / ᾱ_t >= (2σ)²: one where the network
/// expects at least as much noise as there is.
/// @param spec  keys and words of a scheduler_config.json of diffusers: num_train_timesteps,
///              beta_schedule (linear, scaled_linear, squaredcos_cap_v2), beta_start, beta_end,
///              trained_betas, prediction_type (epsilon, sample, v_prediction). Keys that only
///              matter to those who draw images are passed over.
/// @throws InputError for what is none, and where no step reaches sigma
DenoiserCall diffusion_call(const nlohmann::ordered_json& spec, double sigma);

}  // namespace certify

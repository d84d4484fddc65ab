#pragma once
/// The denoiser of Zhang et al. (2017), which Salman et al. (2020) put in front of classifiers.
/// Brings LibTorch's headers.

#include <torch/script.h>

#include "models/learning/networks/architecture.h"

namespace certify {

/// [B,C,H,W] in, the image less what the network takes for noise out, of any size. As
/// make_network(), but that nothing is normalised. It is the identity before it is trained.
torch::jit::Module make_dncnn(const Architecture& architecture);

/// Makes it the identity again, by its last convolution: what it learns from there is the noise.
void start_as_identity(const torch::jit::Module& dncnn, const Architecture& architecture);

}  // namespace certify

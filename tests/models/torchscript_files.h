#pragma once
/// Small TorchScript networks, good and bad, written to files by the tests that need them.

#include <filesystem>
#include <string>
#include <vector>

namespace certify {

/// The body of `def forward(self, x: Tensor)`, e.g. "return x.flatten(1)[:, :10]". The module is
/// left in training mode.
/// @param arguments  of forward, all tensors: "x, t"
void write_torchscript(const std::filesystem::path& file, const std::string& body,
                       const std::string& arguments = "x");

/// Two classes: logits (0, w·x + b) of the flattened CHW input.
void write_linear_torchscript(const std::filesystem::path& file, const std::vector<float>& weights,
                              float bias);

/// Logits: the first pixel of each channel, times a parameter that is stored in 16 or 64 bits.
void write_scaling_torchscript(const std::filesystem::path& file, double scale, int bits);

/// Logits: the first pixel of each channel, times how often the network was called, or not.
void write_counting_torchscript(const std::filesystem::path& file, bool reads_the_count);

/// Ten classes, two convolutions: conv, ReLU, conv + sum, ReLU, mean, matrix. Fixed pseudo-random
/// weights.
void write_residual_torchscript(const std::filesystem::path& file);

}  // namespace certify

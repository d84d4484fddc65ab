#pragma once
/// Looks at single nodes of TorchScript's graphs. Brings LibTorch's headers.

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace certify {

inline bool is_named(const torch::jit::Node* node, const char* name, const char* or_that = "") {
  const std::string kind = node->kind().toQualString();
  return kind == name || kind == or_that;
}

inline bool is_convolution(const torch::jit::Node* node) {
  return is_named(node, "aten::conv2d", "aten::_convolution");
}

inline bool is_tensor(const torch::jit::Value* value) {
  return value->type()->isSubtypeOf(*c10::TensorType::get());
}

/// A constant tensor; undefined where it is none.
inline at::Tensor tensor_of(torch::jit::Value* value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isTensor() ? constant->toTensor() : at::Tensor();
}

inline bool is_number(torch::jit::Value* value, double expected) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isScalar() && constant->toScalar().toDouble() == expected;
}

inline bool is_false(torch::jit::Value* value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isBool() && !constant->toBool();
}

/// A constant list of two numbers, or of one that stands for both.
inline std::optional<std::vector<std::int64_t>> two_numbers(torch::jit::Value* value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isIntList()) return std::nullopt;
  auto numbers = constant->toIntVector();
  if (numbers.size() == 1) numbers.push_back(numbers[0]);
  return numbers.size() == 2 ? std::optional(numbers) : std::nullopt;
}

}  // namespace certify

#include "models/differentiable_network.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <new>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

/// Says what an exception of LibTorch's means. @param what  goes before its own words
[[noreturn]] void refuse(const std::string& file, const char* what, const std::exception& error) {
  if (is_out_of_host_memory(error)) throw std::bad_alloc();
  const std::string text = fmt::format("{}: {}{}", file, what, reason(error));
  if (is_out_of_device_memory(error)) throw OutOfDeviceMemory(text);
  if (is_device_error(error)) throw DeviceLost(text);
  throw DataError(text);
}

void to_single_precision(const at::Tensor& tensor) {
  if (tensor.is_floating_point()) tensor.set_data(tensor.to(at::kFloat));  // an index stays one
}

/// Not frozen: that drops what a file says of its derivatives (`detach`).
torch::jit::Module load(const std::string& file, at::Device device) try {
  torch::jit::Module module = torch::jit::load(file, device);
  module.eval();
  for (const at::Tensor& parameter : module.parameters()) {
    parameter.set_requires_grad(false);  // only the image is differentiated by
    to_single_precision(parameter);
  }
  for (const at::Tensor& buffer : module.buffers()) to_single_precision(buffer);
  return module;
} catch (const std::exception& error) {
  refuse(file, "not a TorchScript model that can be loaded: ", error);
}

at::Tensor per_channel(const std::vector<float>& values, at::Device device) {
  return at::tensor(values).view({1, -1, 1, 1}).to(device);
}

}  // namespace

DifferentiableNetwork::DifferentiableNetwork(const std::filesystem::path& file,
                                             const ImageShape& shape,
                                             const Normalization& normalization,
                                             const std::string& device)
    : file_(file.string()), shape_(shape), device_(device), module_(load(file_, device_)) {
  if (normalization.mean.empty()) return;
  try {
    mean_ = per_channel(normalization.mean, device_);
    stddev_ = per_channel(normalization.stddev, device_);
  } catch (const std::exception& error) {
    fail(error);
  }
}

at::Tensor DifferentiableNetwork::leaf(const float* images, std::int64_t rows) const {
  const at::Tensor host = at::from_blob(const_cast<float*>(images),  // only read
                                        {rows, shape_.height, shape_.width, shape_.channels});
  return host.permute({0, 3, 1, 2})
      .to(device_, at::kFloat, /*non_blocking=*/false, /*copy=*/true)
      .requires_grad_();
}

at::Tensor DifferentiableNetwork::logits(const at::Tensor& leaf) const {
  at::set_num_threads(1);  // of the calling thread: N workers beat N threads a worker
  // Nothing is compiled that could differ on the second call; a setting of the calling thread too.
  const torch::jit::GraphOptimizerEnabledGuard as_it_is(false);
  const at::AutoGradMode with_gradients(true);
  const at::Tensor shown = mean_.defined() ? (leaf - mean_) / stddev_ : leaf;
  torch::jit::Module network = module_;  // a handle: forward() is not const
  const at::Tensor logits = network.forward({shown}).toTensor().to(at::kFloat);
  if (!logits.requires_grad()) throw std::runtime_error("the network has no gradient by its input");
  return logits;
}

at::Tensor DifferentiableNetwork::gradient(const at::Tensor& values, const at::Tensor& leaf) {
  const torch::jit::GraphOptimizerEnabledGuard as_it_is(false);
  const at::Tensor found = torch::autograd::grad({values.sum()}, {leaf}).at(0);
  return found.permute({0, 2, 3, 1}).cpu().contiguous();
}

void DifferentiableNetwork::fail(const std::exception& error) const { refuse(file_, "", error); }

}  // namespace certify

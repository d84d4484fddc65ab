#include "models/sigma_learning/torchscript_gradient.h"

#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/torch.h>

#include <cstring>
#include <new>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "models/torchscript_network.h"

namespace certify {
namespace {

/// Folds BatchNorm where it can. What cannot be frozen runs as it is.
torch::jit::Module load(const std::filesystem::path& file, at::Device device) {
  torch::jit::Module module = torch::jit::load(file.string(), device);
  module.eval();
  for (const at::Tensor& parameter : module.parameters()) {
    parameter.set_requires_grad(false);  // only the image is differentiated by
  }
  try {
    return torch::jit::freeze(module);
  } catch (const std::exception&) {
    return module;
  }
}

at::Tensor per_channel(const std::vector<float>& values, at::Device device) {
  return torch::tensor(values).view({1, -1, 1, 1}).to(device);
}

}  // namespace

struct TorchScriptGradient::Impl {
  Impl(const std::filesystem::path& model, ImageShape images, const Normalization& normalization,
       const std::string& name)
      : file(model.string()), shape(images), device(name), module(load(model, device)) {
    if (normalization.mean.empty()) return;
    mean = per_channel(normalization.mean, device);
    stddev = per_channel(normalization.stddev, device);
  }

  [[noreturn]] void fail(const std::exception& error) const {
    if (is_out_of_host_memory(error)) throw std::bad_alloc();
    const std::string text = fmt::format("{}: {}", file, reason(error));
    if (is_out_of_device_memory(error)) throw OutOfDeviceMemory(text);
    if (is_device_error(error)) throw DeviceLost(text);
    throw DataError(text);
  }

  /// [rows,C,H,W] on the device, a leaf of the graph.
  at::Tensor leaf(const float* images, std::int64_t rows) const {
    const at::Tensor host = torch::from_blob(const_cast<float*>(images),  // only read
                                             {rows, shape.height, shape.width, shape.channels});
    return host.permute({0, 3, 1, 2}).to(device, at::kFloat, false, /*copy=*/true).requires_grad_();
  }

  /// [rows], of the label.
  at::Tensor probabilities(const at::Tensor& input, int label) const {
    const at::Tensor normal = mean.defined() ? (input - mean) / stddev : input;
    torch::jit::Module network = module;  // a handle: forward() is not const
    return network.forward({normal}).toTensor().to(at::kFloat).softmax(1).select(1, label);
  }

  std::string file;
  ImageShape shape;
  at::Device device;
  torch::jit::Module module;
  at::Tensor mean, stddev;
};

TorchScriptGradient::TorchScriptGradient(const std::filesystem::path& file, ImageShape shape,
                                         const Normalization& normalization,
                                         const std::string& device) {
  set_arithmetic({device, Precision::kFp32, /*deterministic=*/device == "cpu"});
  torch::jit::setGraphExecutorOptimize(false);  // one pass like the other, gradients by autograd
  try {
    impl_ = std::make_unique<Impl>(file, shape, normalization, device);
  } catch (const std::exception& error) {
    throw DataError(fmt::format("{}: not a TorchScript model that can be loaded: {}", file.string(),
                                reason(error)));
  }
  std::vector<float> grey(static_cast<std::size_t>(shape.size()), 0.5F);
  forward(grey.data(), 1, 0).gradients(grey.data());
}

TorchScriptGradient::~TorchScriptGradient() = default;

DifferentiableClassifier::Pass TorchScriptGradient::forward(const float* images, std::int64_t rows,
                                                            int label) const {
  at::set_num_threads(1);  // of the calling thread: N workers beat N threads a worker
  try {
    const at::Tensor input = impl_->leaf(images, rows);
    const at::Tensor output = impl_->probabilities(input, label);
    const at::Tensor values = output.detach().cpu().contiguous();
    Pass pass;
    pass.probabilities.assign(values.data_ptr<float>(), values.data_ptr<float>() + rows);
    pass.gradients = [impl = impl_.get(), input, output](float* out) {
      try {
        const at::Tensor gradient = torch::autograd::grad({output.sum()}, {input}).at(0);
        const at::Tensor hwc = gradient.permute({0, 2, 3, 1}).cpu().contiguous();
        std::memcpy(out, hwc.data_ptr<float>(),
                    static_cast<std::size_t>(hwc.numel()) * sizeof(float));
      } catch (const std::exception& error) {
        impl->fail(error);
      }
    };
    return pass;
  } catch (const std::exception& error) {
    impl_->fail(error);
  }
}

}  // namespace certify

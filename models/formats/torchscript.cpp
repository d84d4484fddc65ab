#include "models/formats/torchscript.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <array>
#include <fstream>
#include <optional>
#include <utility>

#include "models/device_network.h"
#include "models/fusion.h"
#include "models/graph_check.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
namespace jit = torch::jit;

at::ScalarType element_of(Precision precision) {
  switch (precision) {
    case Precision::kFp16:
      return at::kHalf;
    case Precision::kBf16:
      return at::kBFloat16;
    default:
      return at::kFloat;
  }
}

struct Placement {
  at::Device device;
  at::ScalarType element;
  bool channels_last = false;
};

at::Tensor placed(const at::Tensor& tensor, const Placement& placement) {
  if (!tensor.is_floating_point()) return tensor.to(placement.device);  // an index stays one
  const at::Tensor moved = tensor.to(placement.device, placement.element);
  const bool images = placement.channels_last && moved.dim() == 4;
  return images ? moved.contiguous(at::MemoryFormat::ChannelsLast) : moved;
}

/// A traced network carries tensors, and names of devices, of where it was traced.
void place_constants(jit::Block* block, const Placement& placement) {
  const auto value = c10::attr::value;
  for (auto* node : block->nodes()) {
    for (auto* inner : node->blocks()) place_constants(inner, placement);
    if (node->kind() != c10::prim::Constant || !node->hasAttribute(value)) continue;
    if (node->kindOf(value) == jit::AttributeKind::t) {
      node->t_(value, placed(node->t(value), placement));
      node->output()->inferTypeFrom(node->t(value));
    } else if (node->output()->type()->kind() == c10::TypeKind::DeviceObjType) {
      node->s_(value, placement.device.str());
    }
  }
}

void place_parameters(const jit::Module& module, const Placement& placement) {
  const auto place = [&](const at::Tensor& tensor) {
    at::Tensor(tensor).set_data(placed(tensor, placement));
  };
  for (const at::Tensor& tensor : module.parameters()) place(tensor);
  for (const at::Tensor& tensor : module.buffers()) place(tensor);
}

/// In evaluation mode and single precision.
jit::Module load(const fs::path& file, at::Device device) {
  jit::Module module = jit::load(file.string(), device);
  module.eval();
  place_parameters(module, {device, at::kFloat});
  return module;
}

/// Attributes put in as constants, called methods put in, and nothing of the arithmetic changed.
/// Some networks cannot be frozen; they run as they are.
std::optional<jit::Module> frozen_or_not(const jit::Module& module) {
  try {
    return jit::freeze_module(module);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

at::Tensor answer(jit::Module module, const at::Tensor& input) {
  return module.forward({input}).toTensor();
}

std::shared_ptr<jit::Graph> graph_of(const jit::Module& module) {
  return module.get_method("forward").graph();
}

/// Frozen (BatchNorm folded in single precision), then in its precision, channels_last.
class FrozenNetwork final : public DeviceNetwork {
 public:
  FrozenNetwork(const fs::path& file, const NetworkOptions& options)
      : DeviceNetwork(options.device, element_of(options.precision)),
        module_(load(file, device())) {
    const auto frozen = frozen_or_not(module_);
    fault_ = find_fault(graph_of(module_), frozen ? graph_of(*frozen) : nullptr);
    if (frozen) module_ = *frozen;
    auto graph = graph_of(module_);
    // Folding takes a BatchNorm to be in evaluation mode, whatever mode it is in.
    const bool optimized = frozen && !options.as_written && !fault_;
    if (optimized) jit::OptimizeFrozenGraph(graph);
    place_parameters(module_, {device(), element()});
    place_constants(graph->block(), {device(), element()});
    if (optimized && device().is_cpu() && element() == at::kFloat) {
      fused_ = fuse_winograd_convolutions(graph);
    }
    if (optimized && options.fuse) fused_ = fuse_cudnn_convolutions(graph);  // before channels_last
    if (frozen) place_constants(graph->block(), {device(), element(), /*channels_last=*/true});
  }

  int fused_convolutions() const override { return fused_; }
  std::optional<FunctionFault> fault() const override { return fault_; }
  at::Tensor forward(const at::Tensor& input) const override { return answer(module_, input); }

 private:
  jit::Module module_;
  int fused_ = 0;
  std::optional<FunctionFault> fault_;
};

/// Not frozen: that drops what a file says of its derivatives (`detach`).
class DifferentiableTorchScript final : public DeviceNetwork {
 public:
  DifferentiableTorchScript(const fs::path& file, const std::string& device_name)
      : DeviceNetwork(device_name, at::kFloat), module_(load(file, device())) {
    for (const at::Tensor& parameter : module_.parameters()) {
      parameter.set_requires_grad(false);  // only the image is differentiated by
    }
  }

  at::Tensor forward(const at::Tensor& input) const override {
    // Nothing is compiled that could differ on the second call; a setting of the calling thread.
    const jit::GraphOptimizerEnabledGuard as_it_is(false);
    return answer(module_, input);
  }

 private:
  jit::Module module_;
};

/// A zip archive. Which entries it needs, LibTorch knows.
bool is_archive(const fs::path& file) {
  constexpr std::array kStart{'P', 'K', '\3', '\4'};
  std::array<char, kStart.size()> start{};
  std::ifstream(file, std::ios::binary).read(start.data(), start.size());
  return start == kStart;
}

}  // namespace

const NetworkFormat kTorchScript{
    "TorchScript", is_archive,
    [](const fs::path& file, const NetworkOptions& options) -> std::unique_ptr<DeviceNetwork> {
      return std::make_unique<FrozenNetwork>(file, options);
    },
    [](const fs::path& file, const std::string& device) -> std::unique_ptr<DeviceNetwork> {
      return std::make_unique<DifferentiableTorchScript>(file, device);
    }};

}  // namespace certify

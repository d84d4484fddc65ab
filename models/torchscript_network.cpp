#include "models/torchscript_network.h"

#include <torch/csrc/jit/ir/ir.h>

#include <optional>

#include "models/cudnn_fusion.h"
#include "models/winograd/fusion.h"

namespace certify {
namespace {

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

/// Some networks cannot be frozen (they write to their own attributes); they run as they are.
std::optional<jit::Module> frozen_or_not(const jit::Module& module) {
  try {
    return jit::freeze(module);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

TorchScriptNetwork::TorchScriptNetwork(const std::filesystem::path& file,
                                       const NetworkOptions& options)
    : device(options.device),
      element(element_of(options.precision)),
      module(jit::load(file.string(), device)) {
  module.eval();
  place_parameters(module, {device, at::kFloat});
  const auto optimized = frozen_or_not(module);
  if (!optimized) {
    place_parameters(module, {device, element});
    place_constants(module.get_method("forward").graph()->block(), {device, element});
    return;
  }
  module = *optimized;
  frozen = true;
  auto graph = module.get_method("forward").graph();
  place_constants(graph->block(), {device, element});
  if (device.is_cpu() && element == at::kFloat) fused = fuse_winograd_convolutions(graph);
  if (options.fuse) fused = fuse_cudnn_convolutions(graph);  // before channels_last
  place_constants(graph->block(), {device, element, /*channels_last=*/true});
}

}  // namespace certify

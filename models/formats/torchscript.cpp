#include "models/formats/torchscript.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstdint>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "models/cudnn_fusion.h"
#include "models/device_network.h"
#include "models/engine_fusion.h"
#include "models/graph_check.h"
#include "models/graph_walk.h"
#include "models/memory_layout.h"
#include "models/missing_operators.h"
#include "models/torch_archive.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
namespace jit = torch::jit;

/// Of the input, and of what is converted. The engine's convolutions: arithmetic_of().
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

Arithmetic arithmetic_of(Precision precision) {
  switch (precision) {
    case Precision::kBf16Avx512:
      return Arithmetic::kBf16;
    case Precision::kBf16Amx:
      return Arithmetic::kBf16Amx;
    case Precision::kInt8:
      return Arithmetic::kInt8;
    default:
      return Arithmetic::kFp32;
  }
}

struct Placement {
  at::Device device;
  std::optional<at::ScalarType> element;  ///< of what is a floating point number; none: its own
  bool channels_last = false;
};

at::Tensor placed(const at::Tensor& tensor, const Placement& placement) {
  if (!tensor.is_floating_point()) return tensor.to(placement.device);  // an index stays one
  const at::Tensor moved =
      tensor.to(placement.device, placement.element.value_or(tensor.scalar_type()));
  const bool images = placement.channels_last && moved.dim() == 4;
  return images ? moved.contiguous(at::MemoryFormat::ChannelsLast) : moved;
}

/// A traced network carries tensors, and names of devices, of where it was traced.
void place_constants(jit::Block* block, const Placement& placement) {
  const auto value = c10::attr::value;
  for_each_node(block, [&](jit::Node* node) {
    if (node->kind() != c10::prim::Constant || !node->hasAttribute(value)) return;
    if (node->kindOf(value) == jit::AttributeKind::t) {
      node->t_(value, placed(node->t(value), placement));
      node->output()->inferTypeFrom(node->t(value));
    } else if (node->output()->type()->kind() == c10::TypeKind::DeviceObjType) {
      node->s_(value, placement.device.str());
    }
  });
}

void place_parameters(const jit::Module& module, const Placement& placement) {
  const auto place = [&](const at::Tensor& tensor) {
    at::Tensor(tensor).set_data(placed(tensor, placement));
  };
  for (const at::Tensor& tensor : module.parameters()) place(tensor);
  for (const at::Tensor& tensor : module.buffers()) place(tensor);
}

/// In evaluation mode, with the numbers of the file.
jit::Module load(const fs::path& file, at::Device device) {
  const MappedFile mapped(file);
  TorchArchive(mapped.bytes()).check();  // LibTorch does not look at checksums
  register_missing_operators();
  jit::Module module = jit::load(file.string(), device);
  module.eval();
  return module;
}

std::shared_ptr<jit::Graph> graph_of(const jit::Module& module) {
  return module.get_method("forward").graph();
}

/// Freezing frees the methods that it puts in, and leaves bare pointers to them, by which LibTorch
/// names them when the network throws.
void forget_freed_methods(const jit::Module& frozen) {
  jit::Function& forward = frozen.get_method("forward").function();
  for_each_node(graph_of(frozen)->block(), [&](jit::Node* node) {
    if (!node->callstack()) return;
    node->setCallStack(c10::make_intrusive<jit::InlinedCallStack>(&forward, node->sourceRange()));
  });
}

/// Attributes put in as constants, called methods put in, and nothing of the arithmetic changed.
/// Some networks cannot be frozen; they run as they are.
std::optional<jit::Module> frozen_or_not(const jit::Module& module) {
  try {
    jit::Module frozen = jit::freeze_module(module);
    forget_freed_methods(frozen);
    return frozen;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

/// In single precision, in which constants are folded.
void make_single(const jit::Module& module, at::Device device) {
  place_parameters(module, {device, at::kFloat});
  place_constants(graph_of(module)->block(), {device, at::kFloat});
}

/// Takes a BatchNorm to be in evaluation mode, whatever mode it is in.
void fold(const jit::Module& frozen) {
  auto graph = graph_of(frozen);
  jit::OptimizeFrozenGraph(graph);
}

/// Whether a node names 16-bit numbers, or stands for autocast.
bool asks_for_half(jit::Node* node) {
  if (node->kind() == c10::prim::Enter) {  // of autocast, not of no_grad
    return node->input(0)->type()->annotation_str().find("autocast") != std::string::npos;
  }
  jit::Value* const dtype = argument(node, "dtype");
  const auto type = dtype == nullptr ? c10::nullopt : jit::toIValue(dtype);
  if (!type || !type->isInt()) return false;
  const auto element = static_cast<at::ScalarType>(type->toInt());
  return element == at::kHalf || element == at::kBFloat16;
}

/// What only the caller sees: the logits, brought to another type at the end. Network looks at the
/// type that comes out.
bool is_last(jit::Node* node) {
  return node->outputs().size() == 1 && node->output()->uses().size() == 1 &&
         node->output()->uses()[0].user == node->owningGraph()->return_node();
}

/// A network that asks for 16 bits somewhere was made to compute in them: converted to one
/// precision throughout, its operations would not fit together. One that has 16-bit weights and
/// never says so takes any.
bool asks_for_half(const std::shared_ptr<jit::Graph>& graph) {
  bool found = false;
  for_each_node(graph->block(),
                [&](jit::Node* node) { found = found || (asks_for_half(node) && !is_last(node)); });
  return found;
}

/// The first number of a list such as [8, -1, 64].
std::optional<std::int64_t> first_of(jit::Value* list) {
  if (const auto constant = jit::toIValue(list)) {
    const bool numbers = constant->isIntList() && !constant->toIntVector().empty();
    return numbers ? std::optional(constant->toIntVector()[0]) : std::nullopt;
  }
  const jit::Node* made = list->node();
  if (made->kind() != c10::prim::ListConstruct || made->inputs().empty()) return std::nullopt;
  const auto first = jit::toIValue(list->node()->input(0));
  return first && first->isInt() ? std::optional(first->toInt()) : std::nullopt;
}

/// What sizes of tensors begin with: where a trace has fixed the batch, it stands there.
std::vector<std::int64_t> first_sizes(const std::shared_ptr<jit::Graph>& graph) {
  constexpr std::int64_t kLargest = 4096;
  std::set<std::int64_t> sizes{1};
  for_each_node(graph->block(), [&](jit::Node* node) {
    if (node->kind() == c10::prim::ListUnpack) {  // a loop over the images
      sizes.insert(static_cast<std::int64_t>(node->outputs().size()));
    }
    for (const char* name : {"size", "shape", "sizes", "repeats"}) {
      jit::Value* const list = argument(node, name);
      const auto first = list == nullptr ? std::nullopt : first_of(list);
      if (first && *first >= 1 && *first <= kLargest) sizes.insert(*first);
    }
  });
  return {sizes.begin(), sizes.end()};
}

/// What the two ways to run a file share.
class TorchScriptNetwork : public DeviceNetwork {
 public:
  bool computes_in_half() const override { return computes_in_half_; }

 protected:
  TorchScriptNetwork(const fs::path& file, const NetworkOptions& options, Precision precision)
      : DeviceNetwork(options.device, element_of(precision)),
        module_(load(file, device())),
        batches_named_(first_sizes(written())),
        step_(options.step),
        as_written_(precision == Precision::kOwn) {}

  /// @param graph  what will run   @return what its numbers are converted to
  std::optional<at::ScalarType> settle_element(const std::shared_ptr<jit::Graph>& graph) {
    computes_in_half_ = asks_for_half(graph);
    return as_written_ || computes_in_half_ ? std::nullopt : std::optional(element());
  }
  /// As the file has it, with called methods put in. To be looked at before module() is changed.
  std::shared_ptr<jit::Graph> written() const { return inlined(graph_of(module_)); }
  jit::Module& module() { return module_; }
  /// Takes images in any order in memory, not only as the file was made for.
  void set_takes_any_layout() { any_layout_ = true; }
  c10::IValue answer(const at::Tensor& input) const override {
    std::vector<c10::IValue> inputs{any_layout_ ? input : contiguous_copy(input)};
    if (step_) inputs.emplace_back(steps(input.size(0), *step_, device()));
    return jit::Module(module_).forward(std::move(inputs));
  }

 private:
  std::vector<std::int64_t> batches_named() const override { return batches_named_; }

  jit::Module module_;
  std::vector<std::int64_t> batches_named_;
  std::optional<std::int64_t> step_;
  bool as_written_, computes_in_half_ = false, any_layout_ = false;
};

/// Frozen; BatchNorm folded in single precision, before constants become 16-bit; then in its
/// precision, channels_last.
class FrozenNetwork final : public TorchScriptNetwork {
 public:
  FrozenNetwork(const fs::path& file, const NetworkOptions& options)
      : TorchScriptNetwork(file, options, options.precision) {
    const auto frozen = frozen_or_not(module());
    fault_ = find_fault(written(), frozen ? graph_of(*frozen) : nullptr);
    const auto element = settle_element(frozen ? graph_of(*frozen) : written());
    if (frozen) module() = *frozen;
    auto graph = graph_of(module());
    const bool any_layout = frozen && free_of_layout(graph);
    if (any_layout) set_takes_any_layout();
    const bool converted = element.has_value();
    if (converted) make_single(module(), device());
    const bool optimized = frozen && !options.as_written && !fault_ && converted;
    if (optimized) fold(module());
    place_parameters(module(), {device(), element});
    place_constants(graph->block(), {device(), element});
    if (is_of_engine(options.precision) && converted && !(optimized && any_layout) &&
        !(fault_ && !options.allow_batch_dependent)) {
      throw DataError("its convolutions cannot be computed in {}: leave --precision out",
                      to_string(options.precision));
    }
    if (!any_layout) return;
    if (optimized && device().is_cpu()) give_to_engine(graph, options);
    if (optimized && options.fuse) fused_ = fuse_cudnn_convolutions(graph);  // before channels_last
    place_constants(graph->block(), {device(), element, /*channels_last=*/true});
  }

  int fused_convolutions() const override { return fused_; }
  std::size_t programs() const override { return programs_.size(); }
  std::optional<FunctionFault> fault() const override { return fault_; }
  void watch(const at::Tensor& input, std::vector<std::vector<Range>>& ranges) const override {
    WatchedPrograms watched;
    ranges.resize(programs_.size());
    for (std::size_t i = 0; i < programs_.size(); ++i) watched.ranges_of(*programs_[i]) = ranges[i];
    forward(input);
    for (std::size_t i = 0; i < programs_.size(); ++i) ranges[i] = watched.ranges_of(*programs_[i]);
  }

 private:
  void give_to_engine(const std::shared_ptr<jit::Graph>& graph, const NetworkOptions& options) {
    EngineOptions engine;
    engine.arithmetic = arithmetic_of(options.precision);
    engine.ranges = options.ranges;
    programs_ = fuse_engine_layers(graph, engine);
    for (const auto& program : programs_) fused_ += program->convolutions();
    if (programs_.empty() && is_of_engine(options.precision)) {
      throw DataError("it has no convolution that can be computed in {}: leave --precision out",
                      to_string(options.precision));
    }
  }

  std::vector<std::shared_ptr<const EngineProgram>> programs_;
  int fused_ = 0;
  std::optional<FunctionFault> fault_;
};

/// Not frozen: that drops what a file says of its derivatives (`detach`).
class DifferentiableTorchScript final : public TorchScriptNetwork {
 public:
  DifferentiableTorchScript(const fs::path& file, const NetworkOptions& options)
      : TorchScriptNetwork(
            file, options,
            options.precision == Precision::kOwn ? Precision::kOwn : Precision::kFp32) {
    place_parameters(module(), {device(), settle_element(written())});
    for (const at::Tensor& parameter : module().parameters()) {
      parameter.set_requires_grad(false);  // only the image is differentiated by
    }
  }

 private:
  c10::IValue answer(const at::Tensor& input) const override {
    // Nothing is compiled that could differ on the second call; a setting of the calling thread.
    const jit::GraphOptimizerEnabledGuard as_it_is(false);
    return TorchScriptNetwork::answer(input);
  }
};

/// Names for jit::Module::save(), which puts them below "extra/".
constexpr const char *kRanges = "certify_int8_ranges", *kNormalize = "certify_normalize";

std::optional<Quantization> stored_quantization(const fs::path& file) {
  const MappedFile mapped(file);
  try {
    const TorchArchive archive(mapped.bytes());
    const auto record = [&](const char* name) {
      return std::string(archive.record(std::string("extra/") + name));
    };
    if (!archive.has(std::string("extra/") + kRanges)) return std::nullopt;
    return Quantization{record(kRanges), record(kNormalize)};
  } catch (const DataError& e) {
    throw DataError("{}: {}", file.string(), e.what());
  }
}

void save_folded(const fs::path& network, const Quantization& quantization, const fs::path& out) {
  auto folded = frozen_or_not(load(network, at::kCPU));
  if (!folded) throw DataError("{}: its constants cannot be folded", network.string());
  make_single(*folded, at::kCPU);
  fold(*folded);
  std::ostringstream bytes;  // not a file: its name would become part of the bytes
  folded->save(bytes, {{kRanges, quantization.ranges}, {kNormalize, quantization.normalize}});
  replace_file(out, std::move(bytes).str());
}

}  // namespace

const NetworkFormat kTorchScript{
    "TorchScript",
    FileKind::kTorchScript,
    /*folds=*/true,
    [](const fs::path& file, const NetworkOptions& options) -> std::unique_ptr<DeviceNetwork> {
      return std::make_unique<FrozenNetwork>(file, options);
    },
    [](const fs::path& file, const NetworkOptions& options) -> std::unique_ptr<DeviceNetwork> {
      return std::make_unique<DifferentiableTorchScript>(file, options);
    },
    stored_quantization,
    save_folded};

}  // namespace certify

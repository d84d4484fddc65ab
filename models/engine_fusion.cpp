#include "models/engine_fusion.h"

#include <ATen/ops/empty.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/remove_mutation.h>
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/custom_class.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "core/base/errors.h"
#include "models/graph_match.h"

namespace certify {
namespace {

namespace jit = torch::jit;

const c10::Symbol kOperation = c10::Symbol::fromQualString("certify::program");
const c10::Symbol kProgram = c10::Symbol::attr("program");

thread_local WatchedPrograms* watched = nullptr;

/// What a node carries, so that the program lives as long.
struct ProgramHolder : torch::CustomClassHolder {
  explicit ProgramHolder(std::shared_ptr<const EngineProgram> p) : program(std::move(p)) {}
  std::shared_ptr<const EngineProgram> program;
};

/// @param stretched  one channel is as good as many, as LibTorch has it in a sum
at::Tensor channels_last(at::Tensor x, std::int64_t channels, bool stretched) {
  if (stretched && x.dim() == 4 && x.size(1) == 1) x = x.expand({-1, channels, -1, -1});
  TORCH_CHECK(x.dim() == 4 && x.size(1) == channels && x.scalar_type() == at::kFloat && x.is_cpu(),
              "a convolution of ", channels, " channels got a ", x.scalar_type(), " tensor ",
              x.sizes());
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

std::vector<at::Tensor> run(const EngineProgram& program, const std::vector<at::Tensor>& given) {
  std::vector<at::Tensor> inputs;
  std::vector<Images> images;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const InputWriter& input = program.inputs()[i];
    inputs.push_back(channels_last(given[i], input.channels(), input.has_steps()));
    images.push_back({inputs[i].data_ptr<float>(), {inputs[i].size(2), inputs[i].size(3)}});
    TORCH_CHECK(inputs[i].size(0) == inputs[0].size(0), "inputs of ", inputs[i].size(0), " and ",
                inputs[0].size(0), " images");
  }
  const std::int64_t rows = inputs[0].size(0);
  const std::vector<Size> sizes = program.sizes(images);
  for (const Size& size : sizes) {
    TORCH_CHECK(size.height > 0 && size.width > 0, "an image of ", inputs[0].size(2), "x",
                inputs[0].size(3), " is too small for a convolution");
  }
  std::vector<at::Tensor> outputs;
  std::vector<float*> to;
  for (const int value : program.outputs()) {
    const Size& size = sizes[static_cast<std::size_t>(value)];
    outputs.push_back(at::empty({rows, program.channels(value), size.height, size.width},
                                inputs[0].options().memory_format(at::MemoryFormat::ChannelsLast)));
    to.push_back(outputs.back().data_ptr<float>());
  }
  for (const ClassifierHead& head : program.heads()) {
    const Size seen = head.pixels(sizes[static_cast<std::size_t>(head.x())]);
    TORCH_CHECK(seen.height > 0 && seen.width > 0, "a matrix of ", head.in(),
                " columns got a mean over more than one window");
    outputs.push_back(at::empty({rows, head.out()}, inputs[0].options()));
    to.push_back(outputs.back().data_ptr<float>());
  }
  if (rows == 0) return outputs;
  program.run(rows, images, sizes, to, watched == nullptr ? nullptr : &watched->ranges_of(program));
  return outputs;
}

/// The program comes as a number: the interpreter has one operation for all nodes of a name,
/// whatever else they carry.
void run_program(jit::Stack& stack) {
  const auto* const program = reinterpret_cast<const EngineProgram*>(jit::pop(stack).toInt());
  const std::vector<at::Tensor> inputs = jit::pop(stack).toTensorVector();
  jit::push(stack, run(*program, inputs));
}

/// Moved, and not in a list as jit::RegisterOperators takes them: in the copy of an Operator GCC 14
/// sees members that were never written (false).
[[maybe_unused]] const bool kRegistered = [] {
  jit::registerOperator(jit::Operator("certify::program(Tensor[] x, int program) -> Tensor[]",
                                      jit::Operation(run_program),
                                      c10::AliasAnalysisKind::FROM_SCHEMA));
  return true;
}();

/// The only node that sees what `node` gives, or null.
jit::Node* only_use(jit::Node* node) {
  const auto& uses = node->output()->uses();
  if (uses.size() != 1 || uses[0].user->owningBlock() != node->owningBlock()) return nullptr;
  return uses[0].user;
}

/// A layer of the engine as the graph has it: a convolution and what goes with it, a pooling, or
/// the end of a classifier.
struct Unit {
  std::vector<jit::Node*> nodes;
  jit::Value* x = nullptr;
  jit::Value* residual = nullptr;
  Layer layer;                 ///< without the numbers of its values
  std::optional<Head> head{};  ///< in place of the layer

  jit::Value* y() const { return nodes.back()->output(); }
};

bool set_window(Window& window, jit::Value* stride, jit::Value* padding, jit::Value* dilation) {
  const auto strides = two_numbers(stride), paddings = two_numbers(padding);
  const auto dilations = two_numbers(dilation);
  if (!strides || !paddings || !dilations) return false;
  for (const std::size_t axis : {0U, 1U}) {
    if ((*strides)[axis] < 1 || (*paddings)[axis] < 0 || (*dilations)[axis] != 1) return false;
    window.stride[axis] = (*strides)[axis];
    window.padding[axis] = (*paddings)[axis];
  }
  return true;
}

/// conv2d(x, weight, bias, stride, padding, dilation, groups), and _convolution of traced models,
/// which has transposed and output_padding before groups. Sets all but weights and bias.
bool set_convolution_shape(jit::Node* node, Layer& layer) {
  if (!is_convolution(node)) return false;
  const bool traced = is_named(node, "aten::_convolution");
  const at::Tensor weight = tensor_of(node->input(1));
  if (!weight.defined() || weight.dim() != 4 || weight.scalar_type() != at::kFloat) return false;
  const auto bias = jit::toIValue(node->input(2));
  if (!bias || !(bias->isNone() || bias->toTensor().scalar_type() == at::kFloat)) return false;
  if (traced && !is_false(node->input(6))) return false;
  if (!is_number(node->input(traced ? 8 : 6), 1)) return false;
  if (!set_window(layer.window, node->input(3), node->input(4), node->input(5))) return false;
  layer.out = weight.size(0);
  layer.in = weight.size(1);
  for (const int axis : {0, 1}) layer.window.kernel[axis] = weight.size(2 + axis);
  return true;
}

std::vector<float> numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

bool set_convolution(jit::Node* node, Layer& layer) {
  if (!set_convolution_shape(node, layer)) return false;
  layer.weights = numbers(tensor_of(node->input(1)));
  const at::Tensor bias = tensor_of(node->input(2));
  layer.bias =
      bias.defined() ? numbers(bias) : std::vector<float>(static_cast<std::size_t>(layer.out), 0.F);
  return true;
}

/// max_pool2d(x, kernel, stride, padding, dilation, ceil_mode)
bool set_pooling(jit::Node* node, Layer& layer) {
  if (!is_named(node, "aten::max_pool2d")) return false;
  const auto kernel = two_numbers(node->input(1));
  if (!kernel || !is_false(node->input(5))) return false;
  if (!set_window(layer.window, node->input(2), node->input(3), node->input(4))) return false;
  for (const std::size_t axis : {0U, 1U}) {
    layer.window.kernel[axis] = (*kernel)[axis];
    // LibTorch says what it has against others: a window that sees nothing has no largest value.
    const std::int64_t length = layer.window.kernel[axis];
    if (length < 1 || layer.window.padding[axis] > length / 2) return false;
  }
  return true;
}

/// What can be told of images without seeing one: which values have one size whatever the image's
/// is, and how many channels.
class Shapes {
 public:
  using SizeId = int;

  explicit Shapes(jit::Graph& graph) {
    for (jit::Node* node : graph.nodes()) {
      Layer layer;
      if (set_window_of(node, layer)) {
        sizes_[node->output()] = size_behind(layer.window, node->input(0));
        channels_[node->output()] = layer.out > 0 ? layer.out : channels(node->input(0));
        if (layer.in > 0) channels_[node->input(0)] = layer.in;
      } else if (is_named(node, "aten::relu")) {
        same_as(node->output(), node->input(0));
      } else if (is_named(node, "aten::add") && size(node->input(0)) == size(node->input(1)) &&
                 channels(node->input(0)) > 0 &&
                 channels(node->input(0)) == channels(node->input(1))) {
        same_as(node->output(), node->input(0));
      }
    }
  }

  SizeId size(jit::Value* value) {
    const auto [at, is_new] = sizes_.emplace(value, next_);
    next_ += is_new;
    return at->second;
  }
  /// 0 where it is not known.
  std::int64_t channels(jit::Value* value) const {
    const auto found = channels_.find(value);
    return found == channels_.end() ? 0 : found->second;
  }

 private:
  using Formula = std::pair<std::int64_t, std::int64_t>;  // what a size behind a window depends on

  static bool set_window_of(jit::Node* node, Layer& layer);

  void same_as(jit::Value* value, jit::Value* other) {
    sizes_[value] = size(other);
    if (channels(other) > 0) channels_[value] = channels(other);
  }

  SizeId size_behind(const Window& w, jit::Value* x) {
    const auto formula = [&](int axis) {
      return Formula(2 * w.padding[axis] - w.kernel[axis], w.stride[axis]);
    };
    constexpr Formula kSame{-1, 1};
    if (formula(0) == kSame && formula(1) == kSame) return size(x);
    const auto [at, is_new] = behind_.emplace(std::tuple(size(x), formula(0), formula(1)), next_);
    next_ += is_new;
    return at->second;
  }

  std::map<jit::Value*, SizeId> sizes_;
  std::map<jit::Value*, std::int64_t> channels_;
  std::map<std::tuple<SizeId, Formula, Formula>, SizeId> behind_;
  SizeId next_ = 0;
};

bool Shapes::set_window_of(jit::Node* node, Layer& layer) {
  // Without its weights, which are many.
  if (set_pooling(node, layer)) return true;
  return is_convolution(node) && set_convolution_shape(node, layer);
}

/// What of the graph goes with a convolution: a + b of one size and number of channels (LibTorch
/// would stretch others), and the ReLU.
/// @param taken  nodes of earlier units: a sum of two convolutions goes with one of them
void add_followers(Unit& unit, Shapes& shapes, const std::set<jit::Node*>& taken) {
  jit::Node* conv = unit.nodes.front();
  const auto may_be_joined = [&](jit::Node* add) {
    if (taken.contains(add) || !is_named(add, "aten::add") || add->inputs().size() != 3) {
      return false;
    }
    if (!is_number(add->input(2), 1) || !is_tensor(add->input(0))) return false;
    if (!is_tensor(add->input(1)) || add->input(0) == add->input(1)) return false;
    jit::Value* other = add->input(add->input(0) == conv->output() ? 1 : 0);
    return shapes.size(other) == shapes.size(conv->output()) &&
           shapes.channels(other) == unit.layer.out;
  };
  jit::Node* add = only_use(conv);
  if (add != nullptr && may_be_joined(add)) {
    unit.residual = add->input(add->input(0) == conv->output() ? 1 : 0);
    unit.nodes.push_back(add);
  }
  jit::Node* next = only_use(unit.nodes.back());
  if (next != nullptr && is_named(next, "aten::relu")) {
    unit.layer.relu = true;
    unit.nodes.push_back(next);
  }
}

/// Sets what the mean is of, and whether it leaves an image of one pixel.
bool set_mean(jit::Node* node, Head& head, bool& is_image) {
  is_image = true;
  if (is_named(node, "aten::adaptive_avg_pool2d")) {
    return two_numbers(node->input(1)) == std::vector<std::int64_t>{1, 1};
  }
  if (is_named(node, "aten::avg_pool2d")) {
    const auto kernel = two_numbers(node->input(1)), padding = two_numbers(node->input(3));
    const auto stride = two_numbers(node->input(2));  // none: the kernel
    const auto divisor = jit::toIValue(node->input(6));
    if (!kernel || !padding || !jit::toIValue(node->input(2)) || !is_false(node->input(4)) ||
        !divisor || !divisor->isNone()) {
      return false;
    }
    for (const std::size_t axis : {0U, 1U}) {
      head.window.kernel[axis] = (*kernel)[axis];
      head.window.stride[axis] = stride ? (*stride)[axis] : (*kernel)[axis];
      if (head.window.kernel[axis] < 1 || head.window.stride[axis] < 1) return false;
    }
    return *padding == std::vector<std::int64_t>{0, 0};
  }
  if (!is_named(node, "aten::mean") || node->inputs().size() != 4) return false;
  const auto dims = two_numbers(node->input(1));
  const auto keep = jit::toIValue(node->input(2)), dtype = jit::toIValue(node->input(3));
  if (!dims || !keep || !dtype || !dtype->isNone()) return false;
  is_image = keep->toBool();
  std::set<std::int64_t> axes;
  for (const std::int64_t dim : *dims) axes.insert(dim < 0 ? dim + 4 : dim);
  return axes == std::set<std::int64_t>{2, 3};
}

/// The size of a batch as a program writes it, or, with two nodes between, as a trace has it.
/// @param nodes  receives what computes it from `image`
bool is_batch_of(jit::Value* number, jit::Value* image, std::vector<jit::Node*>& nodes) {
  std::vector<jit::Node*> found;
  jit::Node* node = number->node();
  for (const char* wrapper : {"aten::Int", "prim::NumToTensor"}) {
    if (!is_named(node, wrapper)) continue;
    found.insert(found.begin(), node);
    node = node->input(0)->node();
  }
  if (!is_named(node, "aten::size") || node->inputs().size() != 2) return false;
  if (node->input(0) != image || !is_number(node->input(1), 0)) return false;
  found.insert(found.begin(), node);
  if (!std::ranges::all_of(found, [](jit::Node* n) { return only_use(n) != nullptr; }))
    return false;
  nodes.insert(nodes.end(), found.begin(), found.end());
  return true;
}

/// Whether `list` is [batch of the image, channels], either of which may be -1.
bool is_flat_shape(jit::Value* list, jit::Value* image, std::int64_t channels,
                   std::vector<jit::Node*>& nodes) {
  if (const auto numbers = two_numbers(list)) {
    return (*numbers)[0] == -1 && (*numbers)[1] == channels;
  }
  jit::Node* const made = list->node();
  if (!is_named(made, "prim::ListConstruct") || made->inputs().size() != 2 ||
      only_use(made) == nullptr) {
    return false;
  }
  jit::Value* const last = made->input(1);
  const auto size = static_cast<double>(channels);
  if (!is_number(last, -1) && !is_number(last, size)) return false;
  if (!is_batch_of(made->input(0), image, nodes)) return false;
  nodes.push_back(made);
  return true;
}

/// What lays the image of one pixel flat, among what reads it; null where nothing does.
/// @param nodes  receives it, behind what its shape is computed from
jit::Node* flat(jit::Node* mean, std::int64_t channels, std::vector<jit::Node*>& nodes) {
  for (const jit::Use& use : mean->output()->uses()) {
    jit::Node* const node = use.user;
    std::vector<jit::Node*> shape;
    const bool flattens = is_named(node, "aten::flatten") && is_number(node->input(1), 1) &&
                          (is_number(node->input(2), -1) || is_number(node->input(2), 3));
    const bool views = is_named(node, "aten::view", "aten::reshape") &&
                       is_flat_shape(node->input(1), mean->output(), channels, shape);
    const bool sees_it_alone = mean->output()->uses().size() == 1 + (shape.empty() ? 0U : 1U);
    if (!(flattens || views) || !sees_it_alone) continue;
    nodes.insert(nodes.end(), shape.begin(), shape.end());
    nodes.push_back(node);
    return node;
  }
  return nullptr;
}

/// Whether nothing else stands between the nodes, which are in order: what others read could not be
/// told to come before.
bool are_neighbours(const std::vector<jit::Node*>& nodes) {
  auto next = nodes.begin();
  for (jit::Node* node = nodes.front(); next != nodes.end(); node = node->next()) {
    if (node == *next) {
      ++next;
    } else if (node->kind() != c10::prim::Constant) {
      return false;
    }
  }
  return true;
}

/// linear(flat(mean(x))) of a value whose channels are known.
bool set_head(jit::Node* mean, Unit& unit, const Shapes& shapes) {
  Head head;
  bool is_image = false;
  if (!set_mean(mean, head, is_image)) return false;
  head.in = shapes.channels(mean->input(0));
  std::vector<jit::Node*> nodes{mean};
  jit::Node* const last = is_image ? flat(mean, head.in, nodes) : mean;
  jit::Node* const linear = last == nullptr ? nullptr : only_use(last);
  if (linear == nullptr || !is_named(linear, "aten::linear") ||
      linear->input(0) != last->output()) {
    return false;
  }
  const at::Tensor weight = tensor_of(linear->input(1)), bias = tensor_of(linear->input(2));
  const auto is_float = [](const at::Tensor& tensor, std::int64_t dims) {
    return tensor.defined() && tensor.dim() == dims && tensor.scalar_type() == at::kFloat;
  };
  if (!is_float(weight, 2) || weight.size(1) != head.in) return false;
  // Not one that is computed, nor one that LibTorch would stretch.
  const auto constant = jit::toIValue(linear->input(2));
  const bool has_bias = is_float(bias, 1) && bias.size(0) == weight.size(0);
  if (!has_bias && !(constant && constant->isNone())) return false;
  nodes.push_back(linear);
  if (!are_neighbours(nodes)) return false;
  head.out = weight.size(0);
  head.weights = numbers(weight);
  head.bias =
      bias.defined() ? numbers(bias) : std::vector<float>(static_cast<std::size_t>(head.out), 0.F);
  unit.nodes = std::move(nodes);
  unit.head = std::move(head);
  return true;
}

bool is_written(const Unit& unit, const jit::AliasDb& aliases) {
  if (aliases.hasWriters(unit.x)) return true;
  if (unit.residual != nullptr && aliases.hasWriters(unit.residual)) return true;
  return std::ranges::any_of(
      unit.nodes, [&](const jit::Node* node) { return aliases.hasWriters(node->output()); });
}

/// The units of a graph's outermost block, by their last nodes.
std::map<jit::Node*, Unit> find_units(const std::shared_ptr<jit::Graph>& graph,
                                      const jit::AliasDb& aliases) {
  Shapes shapes(*graph);
  std::map<jit::Node*, Unit> units;
  std::set<jit::Node*> taken;
  for (jit::Node* node : graph->nodes()) {
    Unit unit;
    if (set_pooling(node, unit.layer)) {
      unit.layer.in = unit.layer.out = shapes.channels(node->input(0));
      unit.nodes = {node};
    } else if (set_convolution(node, unit.layer)) {
      unit.nodes = {node};
      add_followers(unit, shapes, taken);
    }
    const bool is_head = unit.nodes.empty() && set_head(node, unit, shapes);
    if (unit.nodes.empty() || (unit.layer.in == 0 && !is_head)) continue;
    unit.x = node->input(0);
    if (is_written(unit, aliases)) continue;
    taken.insert(unit.nodes.begin(), unit.nodes.end());
    units.emplace(unit.nodes.back(), std::move(unit));
  }
  return units;
}

/// x ∘ b of a number b for each of the channels, or none.
std::optional<ChannelStep> channel_step(jit::Node* node, std::int64_t channels) {
  using Kind = ChannelStep::Kind;
  constexpr std::pair<const char*, Kind> kKinds[] = {{"aten::add", Kind::kAdd},
                                                     {"aten::sub", Kind::kSubtract},
                                                     {"aten::mul", Kind::kMultiply},
                                                     {"aten::div", Kind::kDivide}};
  const auto* const found =
      std::ranges::find_if(kKinds, [&](const auto& kind) { return is_named(node, kind.first); });
  if (found == std::end(kKinds)) return std::nullopt;
  const bool is_sum = found->second == Kind::kAdd || found->second == Kind::kSubtract;
  // The third of a sum is a factor; that of a quotient, how it is rounded.
  if (node->inputs().size() != (is_sum ? 3 : 2)) return std::nullopt;
  if (is_sum && !is_number(node->input(2), 1)) return std::nullopt;
  const at::Tensor b = tensor_of(node->input(1));
  if (!b.defined() || b.scalar_type() != at::kFloat || b.dim() < 3 || b.dim() > 4) {
    return std::nullopt;
  }
  if (b.size(-3) != channels || b.numel() != channels) return std::nullopt;
  return ChannelStep{found->second, numbers(b)};
}

/// What the graph does to each channel of its own input before it is this value.
/// @param value  of so many channels; receives the graph's input if that is what it goes back to
/// @param own    nodes that may read it; others would have to see it, too
std::vector<ChannelStep> take_steps(jit::Value*& value, std::int64_t channels,
                                    const std::set<const jit::Node*>& own,
                                    const jit::AliasDb& aliases) {
  std::vector<ChannelStep> steps;
  jit::Value* at = value;
  const auto is_own = [&](const jit::Use& use) { return own.contains(use.user); };
  for (bool is_first = true;; is_first = false) {
    if (aliases.hasWriters(at)) return {};
    if (at->node()->kind() == c10::prim::Param) break;
    if (is_first ? !std::ranges::all_of(at->uses(), is_own) : at->uses().size() != 1) return {};
    auto step = channel_step(at->node(), channels);
    if (!step) return {};
    steps.insert(steps.begin(), std::move(*step));
    at = at->node()->input(0);
  }
  if (!is_tensor(at)) return {};
  value = at;
  return steps;
}

/// Units that become one operation, which stands where the last of them ends.
class Region {
 public:
  bool is_empty() const { return units_.empty(); }
  bool gives(jit::Value* value) const { return given_.contains(value); }

  /// Whether it is a layer's input, or what another layer gives.
  bool may_read(jit::Value* value) const { return !gives(value) || numbers_.contains(value); }

  void add(Unit unit) {
    given_.insert(unit.y());
    if (unit.head) {
      units_.push_back(std::move(unit));
      return;
    }
    for (jit::Value* value : {unit.x, unit.residual}) {
      if (value != nullptr && !numbers_.contains(value)) {
        inputs_.push_back(value);
        given_inputs_.push_back({value == unit.x ? unit.layer.in : unit.layer.out});
        numbers_[value] = -static_cast<int>(inputs_.size());  // settled once all are known
      }
    }
    numbers_[unit.y()] = layers_++;
    units_.push_back(std::move(unit));
  }

  /// Makes the program's what happens to the channels of the graph's input before it.
  void take_input_steps(const jit::AliasDb& aliases) {
    const std::set<const jit::Node*> own = nodes();
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      given_inputs_[i].steps = take_steps(inputs_[i], given_inputs_[i].channels, own, aliases);
    }
  }

  /// Puts the operation into the graph.
  std::shared_ptr<const EngineProgram> replace(jit::Graph& graph, const EngineOptions& options,
                                               const std::vector<Range>& ranges) {
    std::vector<jit::Value*> seen = values_that_others_see();
    std::vector<int> outputs;
    for (jit::Value* value : seen) outputs.push_back(number(value));
    std::vector<Layer> layers;
    std::vector<Head> heads;
    for (Unit& unit : units_) {
      if (unit.head) {
        unit.head->x = number(unit.x);
        heads.push_back(std::move(*unit.head));
        seen.push_back(unit.y());
        continue;
      }
      unit.layer.x = number(unit.x);
      unit.layer.y = number(unit.y());
      unit.layer.residual = unit.residual == nullptr ? -1 : number(unit.residual);
      layers.push_back(std::move(unit.layer));
    }
    const auto program = std::make_shared<const EngineProgram>(
        std::move(layers), std::move(given_inputs_), outputs, options.arithmetic,
        kernels_of(options.arithmetic).front(), ranges, std::move(heads));

    const jit::WithInsertPoint here(last());
    jit::Node* list = graph.insertNode(graph.createList(c10::TensorType::get(), inputs_));
    jit::Value* where = graph.insertConstant(reinterpret_cast<std::int64_t>(program.get()));
    jit::Node* run = graph.create(kOperation, {list->output(), where});
    run->output()->setType(c10::ListType::ofTensors());
    run->ival_(kProgram, c10::IValue::make_capsule(c10::make_intrusive<ProgramHolder>(program)));
    graph.insertNode(run);
    jit::Node* unpacked = graph.insertNode(graph.createListUnpack(run->output(), seen.size()));
    for (std::size_t i = 0; i < seen.size(); ++i) {
      seen[i]->replaceAllUsesWith(unpacked->outputs()[i]);
    }
    for (auto unit = units_.rbegin(); unit != units_.rend(); ++unit) {
      for (auto node = unit->nodes.rbegin(); node != unit->nodes.rend(); ++node) {
        (*node)->destroy();
      }
    }
    return program;
  }

 private:
  /// The last in the graph.
  jit::Node* last() const {
    const auto before = [](const Unit& a, const Unit& b) {
      return a.nodes.back()->isBefore(b.nodes.back());
    };
    return std::ranges::max_element(units_, before)->nodes.back();
  }
  int number(jit::Value* value) const {
    const int found = numbers_.at(value);
    return found < 0 ? -found - 1 : found + static_cast<int>(inputs_.size());
  }

  std::set<const jit::Node*> nodes() const {
    std::set<const jit::Node*> own;
    for (const Unit& unit : units_) own.insert(unit.nodes.begin(), unit.nodes.end());
    return own;
  }

  std::vector<jit::Value*> values_that_others_see() const {
    const std::set<const jit::Node*> own = nodes();
    std::vector<jit::Value*> seen;
    for (const Unit& unit : units_) {
      if (unit.head) continue;
      const auto& uses = unit.y()->uses();
      if (std::ranges::any_of(uses, [&](const jit::Use& use) { return !own.contains(use.user); })) {
        seen.push_back(unit.y());
      }
    }
    return seen;
  }

  std::vector<Unit> units_;
  int layers_ = 0;
  std::vector<jit::Value*> inputs_;
  std::vector<ProgramInput> given_inputs_;
  std::set<jit::Value*> given_;
  std::map<jit::Value*, int> numbers_;  ///< of layers' values; inputs below 0
};

/// Whether the node, or one inside it, reads a value of the region.
bool reads_from(jit::Node* node, const Region& region) {
  const auto of_region = [&](jit::Value* value) { return region.gives(value); };
  if (std::ranges::any_of(node->inputs(), of_region)) return true;
  for (jit::Block* block : node->blocks()) {
    if (std::ranges::any_of(block->outputs(), of_region)) return true;
    for (jit::Node* inner : block->nodes()) {
      if (reads_from(inner, region)) return true;
    }
  }
  return false;
}

/// As large as they get: a region ends before a node of LibTorch's that reads what it gives.
std::vector<Region> find_regions(const std::shared_ptr<jit::Graph>& graph) {
  const jit::AliasDb aliases(graph);
  std::map<jit::Node*, Unit> units = find_units(graph, aliases);
  std::set<const jit::Node*> inner;  // of units, but for their last nodes
  for (const auto& [last, unit] : units) inner.insert(unit.nodes.begin(), unit.nodes.end() - 1);
  std::vector<Region> regions(1);
  for (jit::Node* node : graph->nodes()) {
    const auto unit = units.find(node);
    // A pooling or a head is worth taking along, and not worth fetching images for.
    const bool is_unit = unit != units.end() &&
                         (!unit->second.layer.is_pooling() || regions.back().gives(unit->second.x));
    if (is_unit) {
      for (jit::Value* value : {unit->second.x, unit->second.residual}) {
        if (value != nullptr && !regions.back().may_read(value)) regions.emplace_back();
      }
      regions.back().add(std::move(unit->second));
    } else if (!inner.contains(node) && reads_from(node, regions.back())) {
      regions.emplace_back();
    }
  }
  if (regions.back().is_empty()) regions.pop_back();
  for (Region& region : regions) region.take_input_steps(aliases);
  return regions;
}

}  // namespace

std::vector<std::shared_ptr<const EngineProgram>> fuse_engine_layers(
    const std::shared_ptr<jit::Graph>& graph, const EngineOptions& options) {
  if (kernels_of(options.arithmetic).empty()) return {};
  jit::RemoveTensorMutation(graph);  // relu_() where it cannot be told from relu()
  std::vector<Region> regions = find_regions(graph);
  const bool has_ranges = options.arithmetic == Arithmetic::kInt8;
  if (has_ranges && options.ranges.size() != regions.size()) {
    throw DataError("ranges of {} parts of the network, expected {}", options.ranges.size(),
                    regions.size());
  }
  // The last first: a region may read what an earlier one gives, and replacing destroys that.
  std::vector<std::shared_ptr<const EngineProgram>> programs(regions.size());
  for (std::size_t i = regions.size(); i-- > 0;) {
    programs[i] =
        regions[i].replace(*graph, options, has_ranges ? options.ranges[i] : std::vector<Range>{});
  }
  jit::EliminateDeadCode(graph);  // weights that the programs have
  return programs;
}

WatchedPrograms::WatchedPrograms() { watched = this; }
WatchedPrograms::~WatchedPrograms() { watched = nullptr; }

}  // namespace certify

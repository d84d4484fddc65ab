#include "models/missing_operators.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace certify {
namespace {

/// Softmax over the last dimension; 0 where a mask lets nothing through.
at::Tensor softmax_of_masked(const at::Tensor& scores) {
  const at::Tensor nothing = (scores == -std::numeric_limits<double>::infinity()).all(-1, true);
  return scores.softmax(-1).masked_fill(nothing, 0);
}

/// softmax(query keyᵀ scale + mask) value, over the last two dimensions.
/// @param mask  added; where boolean, false lets nothing through
/// @param enable_gqa  keys and values have fewer heads (dimension -3), each for several of the
/// query
at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                     const c10::optional<at::Tensor>& mask, double dropout_p, bool is_causal,
                     c10::optional<double> scale, bool enable_gqa) {
  const auto heads = [&](const at::Tensor& t) {
    return enable_gqa ? t.repeat_interleave(query.size(-3) / t.size(-3), -3) : t;
  };
  const double factor = scale.value_or(1 / std::sqrt(static_cast<double>(query.size(-1))));
  at::Tensor scores = at::matmul(query * factor, heads(key).transpose(-2, -1));
  const bool has_mask = mask && mask->defined();
  // As PyTorch says itself. Some versions take both and let both hide.
  TORCH_CHECK(!(has_mask && is_causal), "attention has both a mask and is_causal");
  const auto without = [&](const at::Tensor& masked) {
    scores = scores.masked_fill(masked, -std::numeric_limits<double>::infinity());
  };
  if (is_causal) {
    without(at::ones({query.size(-2), key.size(-2)}, query.options().dtype(at::kBool)).triu(1));
  }
  if (has_mask && mask->scalar_type() == at::kBool) {
    without(mask->logical_not());
  } else if (has_mask) {
    scores = scores + *mask;
  }
  at::Tensor weights = has_mask ? softmax_of_masked(scores) : scores.softmax(-1);
  if (dropout_p > 0) weights = at::dropout(weights, dropout_p, /*train=*/true);
  return at::matmul(weights, heads(value));
}

at::Tensor rms_norm(const at::Tensor& input, at::IntArrayRef normalized_shape,
                    const c10::optional<at::Tensor>& weight, c10::optional<double> eps) {
  std::vector<std::int64_t> dimensions;
  for (std::size_t i = 0; i < normalized_shape.size(); ++i) {
    dimensions.push_back(-1 - static_cast<std::int64_t>(i));
  }
  const bool half = input.scalar_type() == at::kHalf || input.scalar_type() == at::kBFloat16;
  const at::Tensor x = half ? input.to(at::kFloat) : input;
  const double least =
      eps.value_or(input.scalar_type() == at::kDouble ? std::numeric_limits<double>::epsilon()
                                                      : std::numeric_limits<float>::epsilon());
  const at::Tensor y =
      (x * at::rsqrt(x.pow(2).mean(dimensions, /*keepdim=*/true) + least)).to(input.scalar_type());
  return weight && weight->defined() ? y * *weight : y;
}

/// Scripts of F.interpolate name it in a branch that classifiers do not take.
at::Tensor upsample_lanczos2d_aa(const at::Tensor&, at::IntArrayRef, bool, c10::optional<double>,
                                 c10::optional<double>) {
  TORCH_CHECK(false, "this LibTorch has no Lanczos resampling (aten::_upsample_lanczos2d_aa)");
}

at::Tensor upsample_lanczos2d_aa_vec(const at::Tensor& input, at::OptionalIntArrayRef, bool,
                                     c10::optional<at::ArrayRef<double>>) {
  return upsample_lanczos2d_aa(input, {}, false, {}, {});
}

/// Made of operators that LibTorch has, so that it knows their derivatives.
class Table {
 public:
  Table() : library_(torch::Library::FRAGMENT, "aten", c10::nullopt, __FILE__, __LINE__) {}

  template <class Function>
  void add(const char* name, const char* overload, const char* arguments, Function* function) {
    if (c10::Dispatcher::singleton().findSchema({fmt::format("aten::{}", name), overload})) return;
    const std::string whole = *overload == 0 ? name : fmt::format("{}.{}", name, overload);
    library_.def((whole + arguments).c_str());
    library_.impl(whole.c_str(),
                  torch::dispatch(c10::DispatchKey::CompositeImplicitAutograd, function));
  }

 private:
  torch::Library library_;  // what it registers lasts as long as it does
};

Table make_table() {
  Table table;
  table.add("scaled_dot_product_attention", "",
            "(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, "
            "bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
            &attention);
  table.add(
      "rms_norm", "",
      "(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
      &rms_norm);
  table.add("_upsample_lanczos2d_aa", "",
            "(Tensor self, int[2] output_size, bool align_corners, float? scales_h=None, "
            "float? scales_w=None) -> Tensor",
            &upsample_lanczos2d_aa);
  table.add(
      "_upsample_lanczos2d_aa", "vec",
      "(Tensor input, int[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor",
      &upsample_lanczos2d_aa_vec);
  return table;
}

}  // namespace

void register_missing_operators() { static const Table table = make_table(); }

}  // namespace certify

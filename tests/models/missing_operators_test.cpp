#include "models/missing_operators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <torch/csrc/autograd/autograd.h>
#include <torch/jit.h>
#include <torch/script.h>

#include <cmath>
#include <string>
#include <vector>

namespace certify {
namespace {

/// `def f(q, k, v, m)` on whatever LibTorch has, or was given.
at::Tensor run(const std::string& expression, const std::vector<at::Tensor>& arguments) {
  register_missing_operators();
  const auto unit = torch::jit::compile("def f(q, k, v, m):\n    return " + expression + "\n");
  std::vector<c10::IValue> stack(arguments.begin(), arguments.end());
  return unit->get_function("f")(stack).toTensor();
}

/// Element by element, in double: softmax over the keys that `allowed` lets through, 0 where none.
template <class Allowed>
at::Tensor expected_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              double scale, const Allowed& allowed) {
  at::Tensor out = at::zeros({q.size(0), q.size(1), v.size(2)});
  for (std::int64_t b = 0; b < q.size(0); ++b) {
    for (std::int64_t i = 0; i < q.size(1); ++i) {
      double sum = 0;
      std::vector<double> total(static_cast<std::size_t>(v.size(2)));
      for (std::int64_t j = 0; j < k.size(1); ++j) {
        if (!allowed(i, j)) continue;
        double product = 0;
        for (std::int64_t e = 0; e < q.size(2); ++e) {
          product += q[b][i][e].item<double>() * k[b][j][e].item<double>();
        }
        const double weight = std::exp(scale * product);
        sum += weight;
        for (std::size_t e = 0; e < total.size(); ++e) {
          total[e] += weight * v[b][j][static_cast<std::int64_t>(e)].item<double>();
        }
      }
      for (std::size_t e = 0; e < total.size(); ++e) {
        if (sum > 0) out[b][i][static_cast<std::int64_t>(e)] = total[e] / sum;
      }
    }
  }
  return out;
}

at::Tensor numbers(at::IntArrayRef sizes, double step) {
  const auto count = c10::multiply_integers(sizes);
  return (at::arange(count).to(at::kFloat) * step).sin().reshape(sizes);
}

class MissingOperators : public testing::Test {
 protected:
  void expect(const std::string& expression, const at::Tensor& expected) {
    const at::Tensor found = run(expression, {q_, k_, v_, mask_});
    EXPECT_TRUE(at::allclose(found, expected, 1e-5, 1e-6)) << expression << "\n" << found;
  }
  at::Tensor q_ = numbers({2, 4, 3}, 0.7), k_ = numbers({2, 5, 3}, 0.9),
             v_ = numbers({2, 5, 6}, 1.1);
  at::Tensor mask_ = numbers({4, 5}, 2.3) > 0;
  const double usual_ = 1 / std::sqrt(3.0);
};

TEST_F(MissingOperators, AttentionIsTheSoftmaxOfScaledProductsTimesTheValues) {
  const auto all = [](auto, auto) { return true; };
  expect("torch.scaled_dot_product_attention(q, k, v)",
         expected_attention(q_, k_, v_, usual_, all));
  expect("torch.scaled_dot_product_attention(q, k, v, None, 0., False, scale=2.)",
         expected_attention(q_, k_, v_, 2, all));
}

TEST_F(MissingOperators, AttentionIsMasked) {
  mask_[2].fill_(false);
  expect("torch.scaled_dot_product_attention(q, k, v, m)",
         expected_attention(q_, k_, v_, usual_,
                            [&](auto i, auto j) { return mask_[i][j].template item<bool>(); }));
  expect("torch.scaled_dot_product_attention(q, k, v, None, 0., True)",
         expected_attention(q_, k_, v_, usual_, [](auto i, auto j) { return j <= i; }));
  EXPECT_ANY_THROW(
      run("torch.scaled_dot_product_attention(q, k, v, m, 0., True)", {q_, k_, v_, mask_}));
  const at::Tensor added = at::zeros({4, 5}).masked_fill(mask_.logical_not(), -1e9);
  const at::Tensor soft =
      run("torch.scaled_dot_product_attention(q, k, v, m)", {q_, k_, v_, added});
  const at::Tensor hard =
      run("torch.scaled_dot_product_attention(q, k, v, m)", {q_, k_, v_, mask_});
  EXPECT_TRUE(at::allclose(soft[0][0], hard[0][0], 1e-5, 1e-6));
}

TEST_F(MissingOperators, KeysAndValuesMayServeSeveralHeadsOfQueries) {
  const at::Tensor q = numbers({1, 4, 3, 2}, 0.3), k = numbers({1, 2, 3, 2}, 0.5);
  const at::Tensor few =
      run("torch.scaled_dot_product_attention(q, k, v, None, 0., False, enable_gqa=True)",
          {q, k, k, q});
  const at::Tensor repeated = k.repeat_interleave(2, 1);
  const at::Tensor all =
      run("torch.scaled_dot_product_attention(q, k, v)", {q, repeated, repeated, q});
  EXPECT_TRUE(at::allclose(few, all, 1e-5, 1e-6));
}

TEST_F(MissingOperators, AttentionHasAGradient) {
  const at::Tensor q = q_.clone().requires_grad_();
  const at::Tensor sum =
      run("torch.scaled_dot_product_attention(q, k, v).sum()", {q, k_, v_, mask_});
  const at::Tensor found = torch::autograd::grad({sum}, {q}).at(0);
  constexpr double kStep = 1e-2;
  at::Tensor more = q_.clone(), less = q_.clone();
  more[1][2][0] += kStep;
  less[1][2][0] -= kStep;
  const auto value = [&](const at::Tensor& at_q) {
    return run("torch.scaled_dot_product_attention(q, k, v).sum()", {at_q, k_, v_, mask_})
        .item<double>();
  };
  EXPECT_NEAR(found[1][2][0].item<double>(), (value(more) - value(less)) / (2 * kStep), 1e-3);
}

TEST_F(MissingOperators, RmsNormDividesByTheRootOfTheMeanSquare) {
  const at::Tensor found = run("torch.rms_norm(q, [3], m, 0.25)", {q_, k_, v_, numbers({3}, 1)});
  const at::Tensor expected = q_ / (q_.pow(2).mean({-1}, true) + 0.25).sqrt() * numbers({3}, 1);
  EXPECT_TRUE(at::allclose(found, expected, 1e-5, 1e-6));
}

TEST_F(MissingOperators, LanczosLoadsAndFailsOnlyWhereItIsReached) {
  const std::string code = "torch._upsample_lanczos2d_aa(q, [2, 2], False, None, None)";
  EXPECT_NO_THROW(run("q if bool(q.sum() < 100.) else " + code, {q_, k_, v_, mask_}));
}

}  // namespace
}  // namespace certify

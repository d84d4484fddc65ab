#pragma once
/// A network whose robust radius is known: two classes on either side of a plane. Its smoothed
/// classifier is itself, and the distance |w·x + b| / ‖w‖ its radius (Cohen et al. 2019,
/// proposition 4).

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/attack/loss_gradient.h"
#include "core/sampling/base_classifier.h"

namespace certify {

class LinearNetwork final : public BaseClassifier, public LossGradient {
 public:
  explicit LinearNetwork(ImageShape shape, double scale = 1) : shape_(shape), scale_(scale) {
    for (int i = 0; i < shape.size(); ++i) weights_.push_back(std::sin(0.7 * i));
    double sum = 0;
    for (const double w : weights_) sum += w * w;
    norm_ = std::sqrt(sum);
  }

  ImageShape input_shape() const override { return shape_; }
  int num_classes() const override { return 2; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    for (std::int64_t r = 0; r < rows; ++r) {
      out[2 * r] = 0;
      out[2 * r + 1] = static_cast<float>(logit(batch + r * shape_.size()));
    }
  }
  /// With q the softmax of the other class, the derivative of -ln p by the logit of class 1 is q
  /// (for class 0) or -q; that of -ln of a mean is their mean weighted by p.
  void gradient(const float* batch, std::int64_t rows, int attacked, AttackLoss loss,
                float* out) const override {
    double slope = 0, weight = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
      const double other = logit(batch + r * shape_.size()) * (attacked == 1 ? -1 : 1);
      const double p = 1 / (1 + std::exp(other)), w = loss == AttackLoss::kSoft ? p : 1;
      slope += w * (1 - p);
      weight += w;
    }
    slope *= (attacked == 1 ? -1 : 1) / weight;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      out[i] = static_cast<float>(slope * scale_ * weights_[i]);
    }
  }

  /// Signed: positive where class 1 is answered. @param x one image in HWC order
  double distance(const float* x) const { return logit(x) / (scale_ * norm_); }
  const std::vector<double>& weights() const { return weights_; }

 private:
  double logit(const float* x) const {
    double sum = 0.3;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      sum += weights_[i] * static_cast<double>(x[i]);
    }
    return scale_ * sum;
  }

  ImageShape shape_;
  double scale_, norm_;
  std::vector<double> weights_;
};

}  // namespace certify

#include "models/differentiable_network.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <torch/csrc/autograd/autograd.h>

#include <stdexcept>
#include <vector>

#include "models/denoised_network.h"
#include "models/torch_errors.h"

namespace certify {

DifferentiableNetwork::DifferentiableNetwork(const std::filesystem::path& file,
                                             const ImageShape& shape,
                                             const Normalization& normalization,
                                             const NetworkOptions& options)
    : file_(name_of_classifier(file, options)),
      shape_(shape),
      normalization_(normalization_in_front(normalization, options)),
      network_(open_classifier(file, normalization, options, OpenFor::kGradient)) {
  const std::vector<float> gray(static_cast<std::size_t>(shape.size()), 0.5f);
  try {
    network_->settle(
        normalized(leaf(gray.data(), 1).detach().expand({2, -1, -1, -1}), normalization_),
        options.output);
    const at::Tensor image = leaf(gray.data(), 1);
    const at::Tensor found = logits(image);
    if (!found.requires_grad())
      throw std::runtime_error("the network has no gradient by its input");
    gradient(found, image);
  } catch (const std::exception& error) {
    fail(error);
  }
}

at::Tensor DifferentiableNetwork::leaf(const float* images, std::int64_t rows) const {
  const at::Tensor host = at::from_blob(const_cast<float*>(images),  // only read
                                        {rows, shape_.height, shape_.width, shape_.channels});
  return host.permute({0, 3, 1, 2})
      .to(device(), at::kFloat, /*non_blocking=*/false, /*copy=*/true)
      .requires_grad_();
}

at::Tensor DifferentiableNetwork::logits(const at::Tensor& images) const {
  return network_->forward(normalized(images, normalization_)).to(at::kFloat);
}

at::Tensor DifferentiableNetwork::gradient(const at::Tensor& values, const at::Tensor& leaf) {
  const at::Tensor found = torch::autograd::grad({values.sum()}, {leaf}).at(0);
  return found.permute({0, 2, 3, 1}).cpu().contiguous();
}

void DifferentiableNetwork::fail(const std::exception& error) const {
  if (const auto* ours = dynamic_cast<const DataError*>(&error)) {  // it knows no file
    throw DataError("{}: {}", file_, ours->what());
  }
  throw_meaning(error, file_);
}

}  // namespace certify

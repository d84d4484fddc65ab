#include "models/learning/networks/export_network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/normalization.h"
#include "models/learning/networks/checkpoint.h"
#include "models/learning/networks/network.h"

namespace certify {
namespace {

/// A file's own word counts only where it is a name that is known here.
Architecture architecture_of(const ExportRequest& request, const Checkpoint& checkpoint) {
  if (!request.arch.empty()) return fitted(find_architecture(request.arch), checkpoint);
  if (is_architecture(checkpoint.arch)) {
    return fitted(find_architecture(checkpoint.arch), checkpoint);
  }
  return fitted(recognised(checkpoint), checkpoint);
}

/// What the checkpoint brings is part of the network: another one is refused.
Normalization normalization_of(const ExportRequest& request, const Checkpoint& checkpoint,
                               const Architecture& architecture) {
  const bool inside = !checkpoint.normalization.mean.empty();
  if (inside && !request.normalization.empty()) {
    throw InputError("{}: has a normalisation of its own ({}/{}); leave --normalize out",
                     checkpoint.file.string(), fmt::join(checkpoint.normalization.mean, ","),
                     fmt::join(checkpoint.normalization.stddev, ","));
  }
  if (inside) {
    Normalization own = checkpoint.normalization;
    if (own.mean.size() == 1) {  // one for all
      own.mean.resize(static_cast<std::size_t>(architecture.channels), own.mean[0]);
      own.stddev.resize(own.mean.size(), own.stddev[0]);
    }
    if (std::cmp_not_equal(own.mean.size(), architecture.channels)) {
      throw DataError("{}: normalises {} channels, but its images have {}",
                      checkpoint.file.string(), own.mean.size(), architecture.channels);
    }
    return own;
  }
  return parse_normalization(
      request.normalization.empty() ? architecture.normalization : request.normalization,
      architecture.channels);
}

/// BatchNorm must have seen some input, or every residual block doubles the variance: the logits of
/// a ResNet-110 would overflow in 16 bits, and no two of its variants could be compared.
void start_from_random_weights(const Architecture& architecture, torch::jit::Module network) {
  constexpr int kPasses = 20, kRows = 4;
  const torch::NoGradGuard no_grad;
  at::Generator generator = at::detail::createCPUGenerator(/*seed=*/0);
  initialize(network, generator);
  network.train();
  const ImageShape shape = architecture.input();
  for (int i = 0; i < kPasses; ++i) {
    network.forward({at::rand({kRows, shape.channels, shape.height, shape.width}, generator)});
  }
  network.eval();
}

}  // namespace

ExportedNetwork export_network(const ExportRequest& request) {
  const bool untrained = request.checkpoint.empty();
  if (untrained && request.arch.empty()) {
    throw InputError("a network without a checkpoint needs its --arch");
  }
  const Checkpoint checkpoint = untrained ? Checkpoint{} : read_checkpoint(request.checkpoint);
  const Architecture architecture =
      untrained ? find_architecture(request.arch) : architecture_of(request, checkpoint);
  const Normalization normalization = normalization_of(request, checkpoint, architecture);
  const auto network = make_network(architecture, normalization);
  if (untrained) {
    start_from_random_weights(architecture, network);
  } else {
    load_weights(checkpoint, architecture, network);
  }
  if (request.half) store_in_half(network);
  replace_file(request.out, torchscript_bytes(network));
  return {architecture, checkpoint.key, checkpoint.prefix, normalization,
          !checkpoint.normalization.mean.empty()};
}

}  // namespace certify

#include "models/learning/networks/network_file.h"

#include <sstream>
#include <utility>

#include "models/learning/networks/network.h"

namespace certify {

std::string torchscript_bytes(torch::jit::Module network) {
  network.eval();
  std::ostringstream out;  // not a file: its name would become part of the bytes
  network.save(out);
  return std::move(out).str();
}

void store_in_half(const torch::jit::Module& network) {
  const auto round = [](const std::string& name, at::Tensor tensor) {
    if (!name.starts_with(kNormalizePrefix)) tensor.set_data(tensor.to(at::kHalf));
  };
  for (const auto& p : network.named_parameters()) round(p.name, p.value);
  for (const auto& b : network.named_buffers()) round(b.name, b.value);
}

}  // namespace certify

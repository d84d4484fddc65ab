#include "models/sigma_map_tensor.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/sigma_map/sigma_map_file.h"

namespace certify {
namespace {

at::Tensor read_tensor(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  try {
    return torch::jit::pickle_load({bytes.begin(), bytes.end()}).toTensor().detach();
  } catch (const std::exception&) {
    throw DataError("{}: not a file of one tensor; torch.save(sigma, file) makes one",
                    file.string());
  }
}

SigmaMap map_of(const at::Tensor& tensor, const std::string& file) {
  if (!at::isFloatingType(tensor.scalar_type()) || tensor.dim() != 3) {
    throw DataError(
        "{}: a tensor of {} [{}], must be one of floating-point numbers, channels × "
        "height × width",
        file, at::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ", "));
  }
  const at::Tensor values = tensor.to(at::kCPU, at::kDouble).contiguous();
  const double* first = values.data_ptr<double>();
  const ImageShape shape{static_cast<int>(values.size(0)), static_cast<int>(values.size(1)),
                         static_cast<int>(values.size(2))};
  try {
    return make_sigma_map(shape, {first, first + values.numel()});
  } catch (const DataError& error) {
    throw DataError("{}: {}", file, error.what());
  }
}

}  // namespace

SigmaMap open_sigma_map(const std::filesystem::path& file) {
  return holds_tensor(file) ? map_of(read_tensor(file), file.string()) : read_sigma_map(file);
}

}  // namespace certify

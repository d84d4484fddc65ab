#include "models/device_network.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

at::Tensor padded(const at::Tensor& images, std::int64_t rows) {
  const std::int64_t missing = rows - images.size(0);
  if (missing <= 0) return images;
  auto sizes = images.sizes().vec();
  sizes[0] = missing;
  const at::Tensor last = images.narrow(0, images.size(0) - 1, 1).expand(sizes);
  return at::cat({images, last}).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

at::Tensor DeviceNetwork::forward(const at::Tensor& input) const {
  const std::int64_t rows = input.size(0);
  if (rows >= rows_.least && rows <= rows_.most) return output_.of(answer(input), rows);
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < rows; first += rows_.most) {
    const std::int64_t part = std::min(rows_.most, rows - first);
    const at::Tensor images = padded(input.narrow(0, first, part), rows_.least);
    const at::Tensor logits = output_.of(answer(images), images.size(0));
    if (logits.dim() != 2 || logits.size(0) != images.size(0)) return logits;  // callers say so
    parts.push_back(logits.narrow(0, 0, part));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts);
}

void DeviceNetwork::settle(const at::Tensor& images, const std::string& output) {
  const std::int64_t rows = images.size(0);
  const auto try_rows = [&](RowLimits limits) {
    const std::int64_t tried = std::clamp(rows, limits.least, limits.most);
    const at::Tensor given = tried < rows ? images.narrow(0, 0, tried) : padded(images, tried);
    const c10::IValue found = answer(given.clone());  // it may write to it
    output_ = Output(found, tried, output);
    rows_ = limits;
  };
  std::exception_ptr failure;
  try {
    return try_rows(declared_rows());
  } catch (const std::exception& error) {
    if (is_out_of_device_memory(error) || is_device_error(error)) throw;
    failure = std::current_exception();
  }
  for (const std::int64_t batch : batches_named()) {
    try {
      return try_rows({batch, batch});
    } catch (const std::exception&) {  // not this one either
    }
  }
  std::rethrow_exception(failure);
}

}  // namespace certify

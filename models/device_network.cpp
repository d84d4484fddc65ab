#include "models/device_network.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

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

/// A trace of 8 images that ends with view(8, -1) spreads the logits of others over 8 rows: how
/// many logits an image has; 0 where the answer is another.
std::int64_t logits_in_other_rows(const c10::IValue& answer, std::int64_t rows) {
  if (!answer.isTensor()) return 0;
  const at::Tensor& tensor = answer.toTensor();
  const bool other_rows = tensor.dim() == 2 && tensor.size(0) != rows && tensor.numel() % rows == 0;
  return other_rows ? tensor.numel() / rows : 0;
}

}  // namespace

at::Tensor contiguous_copy(const at::Tensor& images) {
  return at::empty(images.sizes(), images.options()).copy_(images);
}

at::Tensor steps(std::int64_t rows, std::int64_t step, at::Device device) {
  return at::full({rows}, step, at::TensorOptions(at::kLong).device(device));
}

at::Tensor DeviceNetwork::forward(const at::Tensor& input) const {
  const std::int64_t rows = input.size(0);
  if (rows >= rows_.least && rows <= rows_.most) return output_.of(answer(input), rows);
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < rows; first += rows_.most) {
    const std::int64_t part = std::min(rows_.most, rows - first);
    const at::Tensor images = padded(input.narrow(0, first, part), rows_.least);
    const at::Tensor logits = output_.of(answer(images), images.size(0));
    if (logits.dim() < 2 || logits.size(0) != images.size(0)) return logits;  // callers say so
    parts.push_back(logits.narrow(0, 0, part));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts);
}

void DeviceNetwork::settle(const at::Tensor& images, const std::string& output) {
  settle(images,
         [&](const c10::IValue& found, std::int64_t rows) { return Output(found, rows, output); });
}

void DeviceNetwork::settle_images(const at::Tensor& images, bool variances) {
  settle(images, [&](const c10::IValue& found, std::int64_t rows) {
    return Output::of_images(found, rows, images.sizes().slice(1), variances);
  });
}

void DeviceNetwork::settle(const at::Tensor& images, const FindOutput& find) {
  const std::int64_t rows = images.size(0);
  const auto ask = [&](std::int64_t tried) {
    const at::Tensor given = tried < rows ? images.narrow(0, 0, tried) : padded(images, tried);
    return answer(given.clone());  // it may write to it
  };
  const RowLimits declared = declared_rows();
  const std::int64_t fitting = std::clamp(rows, declared.least, declared.most);
  std::exception_ptr failure;
  std::int64_t classes = 0;  // where the batch of the file is to show as many
  try {
    const c10::IValue found = ask(fitting);
    classes = logits_in_other_rows(found, fitting);
    if (classes == 0) {
      output_ = find(found, fitting);
      rows_ = declared;
      return;
    }
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    if (is_out_of_device_memory(error) || is_device_error(error)) throw;
    failure = std::current_exception();
  }
  for (const std::int64_t batch : batches_named()) {
    try {
      const c10::IValue found = ask(batch);
      output_ = find(found, batch);
      if (classes > 0 && output_.of(found, batch).size(1) != classes) continue;
      rows_ = {batch, batch};
      return;
    } catch (const std::exception& error) {
      if (is_out_of_device_memory(error) || is_device_error(error)) throw;
    }
  }
  if (failure) std::rethrow_exception(failure);
  find(ask(fitting), fitting);  // says what is wrong with it
}

}  // namespace certify

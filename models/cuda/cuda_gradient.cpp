#include "models/cuda/cuda_gradient.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "core/sampling/cuda/gradient_table.h"

namespace certify {
namespace {

/// At least `rows` of them; what it held is lost.
void make_room(at::Tensor& tensor, std::int64_t rows, std::vector<std::int64_t> shape,
               const at::TensorOptions& options) {
  if (tensor.defined() && tensor.size(0) >= rows) return;
  shape.insert(shape.begin(), rows);
  tensor = at::empty(shape, options);
}

}  // namespace

CudaGradient::CudaGradient(std::int64_t size, std::int64_t runs, const at::Device& device)
    : size_(size), sums_(at::empty({runs, 2, size}, at::device(device).dtype(at::kLong))) {}

void CudaGradient::queue(std::span<const RowRun> runs, const NoiseTask& task,
                         const at::Tensor& votes, Ticket& ticket, CudaStream stream) {
  const std::vector<GradientRows> table = gradient_table(runs);
  if (table.empty()) return;
  const auto entries = static_cast<std::int64_t>(table.size());
  const std::int64_t tested = table.back().run + 1;
  const auto pinned = at::TensorOptions().pinned_memory(true);
  make_room(ticket.table, entries, {4}, pinned.dtype(at::kInt));
  make_room(ticket.sums, tested, {2, size_}, pinned.dtype(at::kLong));
  make_room(table_, entries, {4}, votes.options());
  make_room(sums_, tested, {2, size_}, votes.options().dtype(at::kLong));

  std::memcpy(ticket.table.data_ptr(), table.data(), table.size() * sizeof(GradientRows));
  table_.narrow(0, 0, entries).copy_(ticket.table.narrow(0, 0, entries), /*non_blocking=*/true);
  at::Tensor sums = sums_.narrow(0, 0, tested);
  sums.zero_();
  launch_gradient(task, votes.data_ptr<std::int32_t>(),
                  static_cast<const GradientRows*>(table_.data_ptr()),
                  static_cast<std::uint32_t>(entries), sums.data_ptr<std::int64_t>(), stream);
  ticket.sums.narrow(0, 0, tested).copy_(sums, /*non_blocking=*/true);
}

}  // namespace certify

#pragma once

#include <memory>
#include <utility>

#include "core/sampling/backend.h"

namespace certify {

/// A backend whose device can be lost. From the DeviceLost that it throws on, it is left alone and
/// never destroyed: giving memory back to a device that is gone fails inside destructors that must
/// not throw, and would end the process without its exit code.
class LossyBackend final : public Backend {
 public:
  explicit LossyBackend(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}

  int depth() const override { return backend_ ? backend_->depth() : 0; }
  void submit(const RowBatch& batch) override;
  BatchResult collect() override;

 private:
  template <class Work>
  auto leak_if_lost(const Work& work);

  std::unique_ptr<Backend> backend_;
};

}  // namespace certify

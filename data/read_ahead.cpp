#include "data/read_ahead.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/errors.h"

namespace certify {

ReadAhead::ReadAhead(const Dataset& dataset, std::vector<std::int64_t> indices,
                     ReadAheadOptions options)
    : dataset_(dataset),
      indices_(std::move(indices)),
      most_(static_cast<std::size_t>(options.images)) {
  if (options.threads < 1 || options.images < 1) {
    throw InputError(
        fmt::format("cannot read {} images ahead on {} threads", options.images, options.threads));
  }
  for (int t = 0; t < options.threads; ++t) {
    threads_.emplace_back([this] { decode(); });
  }
}

ReadAhead::~ReadAhead() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  changed_.notify_all();
}

std::optional<LabeledImage> ReadAhead::next() {
  std::unique_lock lock(mutex_);
  if (delivered_ == indices_.size()) return std::nullopt;
  changed_.wait(lock, [&] { return !slots_.empty() && slots_.front().ready(); });
  const Slot slot = std::move(slots_.front());
  slots_.pop_front();
  ++delivered_;
  changed_.notify_all();
  if (slot.failure) std::rethrow_exception(slot.failure);
  return slot.image;
}

void ReadAhead::decode() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto all_taken = [&] { return delivered_ + slots_.size() == indices_.size(); };
    changed_.wait(lock, [&] { return closing_ || all_taken() || slots_.size() < most_; });
    if (closing_ || all_taken()) return;
    const std::int64_t index = indices_[delivered_ + slots_.size()];
    // Nobody takes a slot from the deque before it is ready, and deques do not move what they hold.
    Slot& slot = slots_.emplace_back();
    lock.unlock();
    Slot result;
    try {
      result.image = dataset_.at(index);
    } catch (...) {
      result.failure = std::current_exception();
    }
    lock.lock();
    slot = std::move(result);
    changed_.notify_all();
  }
}

}  // namespace certify

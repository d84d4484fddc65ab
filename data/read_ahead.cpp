#include "data/read_ahead.h"

#include <utility>

#include "core/base/errors.h"

namespace certify {

ReadAhead::ReadAhead(const Dataset& dataset, std::vector<std::int64_t> indices, std::size_t most)
    : dataset_(dataset), indices_(std::move(indices)), most_(most) {
  if (most < 1) throw InputError("cannot hold {} images read ahead", most);
  fill();
}

std::optional<LabeledImage> ReadAhead::next() {
  if (images_.empty()) return std::nullopt;
  std::future<LabeledImage> image = std::move(images_.front());
  image.wait();  // before another takes its place
  images_.pop_front();
  fill();
  return image.get();
}

void ReadAhead::fill() {
  // Deferred where the system gives no more threads: next() then decodes.
  for (; begun_ < indices_.size() && images_.size() < most_; ++begun_) {
    images_.push_back(std::async(std::launch::async | std::launch::deferred,
                                 [this, index = indices_[begun_]] { return dataset_.at(index); }));
  }
}

}  // namespace certify

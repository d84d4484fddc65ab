#include "data/read_ahead.h"

#include <algorithm>
#include <utility>

namespace certify {

ReadAhead::ReadAhead(const Dataset& dataset, std::vector<std::int64_t> indices, std::size_t most)
    : dataset_(dataset), indices_(std::move(indices)), most_(std::max<std::size_t>(most, 1)) {
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

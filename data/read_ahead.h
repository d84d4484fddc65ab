#pragma once

#include <cstdint>
#include <deque>
#include <future>
#include <optional>
#include <vector>

#include "data/dataset.h"

namespace certify {

/// A data set's images in the order asked for, decoded before they are used, each on a thread
/// of its own. Order, pixels and errors are those of calling at() for one after the other.
class ReadAhead {
 public:
  /// `dataset` must outlive it. @param most  images that are held, decoded or about to be: 600 kB
  /// each at 224 x 224; at least 1. @throws InputError for 0
  ReadAhead(const Dataset& dataset, std::vector<std::int64_t> indices, std::size_t most = 8);
  ReadAhead(const ReadAhead&) = delete;  // its threads know where it lies
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// The next image; nothing at the end. From one thread at a time.
  /// @throws what at() threw for this image; the call after that gives the image behind it.
  std::optional<LabeledImage> next();

 private:
  void fill();

  const Dataset& dataset_;
  const std::vector<std::int64_t> indices_;
  const std::size_t most_;
  std::size_t begun_ = 0;
  std::deque<std::future<LabeledImage>> images_;
};

}  // namespace certify

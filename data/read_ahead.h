#pragma once
/// Decoding that runs ahead of whoever uses the images.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "data/dataset.h"

namespace certify {

struct ReadAheadOptions {
  int threads = 2;  ///< that decode, at least 1
  int images = 8;   ///< held at most, decoded or about to be: 600 kB each at 224 x 224; at least 1
};

/// A data set's images in the order asked for. Order, pixels and errors are those of calling at()
/// for one after the other.
class ReadAhead {
 public:
  /// `dataset` must outlive it. @throws InputError for options out of range.
  ReadAhead(const Dataset& dataset, std::vector<std::int64_t> indices,
            ReadAheadOptions options = {});
  /// Waits for the images that are being decoded, no others.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// The next image; nothing at the end. From one thread at a time.
  /// @throws what at() threw for this image; the call after that gives the image behind it.
  std::optional<LabeledImage> next();

 private:
  struct Slot {
    std::optional<LabeledImage> image;
    std::exception_ptr failure;
    bool ready() const { return image || failure; }
  };

  void decode();

  const Dataset& dataset_;
  const std::vector<std::int64_t> indices_;
  const std::size_t most_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Slot> slots_;  // of indices_[delivered_] and those behind it; grows at its end only
  std::size_t delivered_ = 0;
  bool closing_ = false;
  std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

}  // namespace certify

#pragma once
/// Which batch a GPU is fastest at: tried once for each network, and remembered.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/image.h"

namespace certify {

/// How a network runs best on a GPU.
struct Tuning {
  std::int64_t batch = 0;
  /// Convolution, sum and ReLU in one kernel. No setting of a run: it is measured, and changes last
  /// bits only, as cuDNN's own contest between algorithms does. `--deterministic` excludes both.
  bool fuse = false;
  double samples_per_second = 0;
  bool operator==(const Tuning&) const = default;
};

/// Batches worth trying for images of a size, in growing order.
std::vector<std::int64_t> batch_candidates(const ImageShape& shape);
/// What is taken without trying, so that it is the same on every machine.
std::int64_t standard_batch(const ImageShape& shape);

/// Tries the batches in order, until one does not fit or two in a row are no faster than the best
/// so far, and takes the smallest that is within 2 % of the best: it pads less and needs less
/// memory. Where not even the first fits, half of it is tried, and so on. Then tries the fused
/// network at that batch.
/// @param measure  samples a second at a batch, fused or not; 0 where fusing is no choice
/// @throws what `measure` throws; OutOfDeviceMemory when a batch of 1 does not fit
Tuning tune(const std::vector<std::int64_t>& batches,
            const std::function<double(std::int64_t batch, bool fuse)>& measure);

/// batch.json: what tune() found, by network, GPU, precision and LibTorch. Only speed hangs on it:
/// a file that cannot be read is none, and one that cannot be written is done without.
class TuningCache {
 public:
  explicit TuningCache(std::filesystem::path file) : file_(std::move(file)) {}
  /// In $XDG_CACHE_HOME/certify, else ~/.cache/certify; nothing where neither is set.
  static std::optional<TuningCache> of_user();

  std::optional<Tuning> find(const std::string& key) const;
  void store(const std::string& key, const Tuning& tuning) const;

 private:
  std::filesystem::path file_;
};

}  // namespace certify

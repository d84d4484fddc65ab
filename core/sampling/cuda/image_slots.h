#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "core/sampling/backend.h"
#include "core/sampling/cuda/noise_rows.h"

namespace certify {

/// Which image lies in which slot of a device's store. The one that was used longest ago makes room
/// for the next, so a store with as many slots as a batch has rows never evicts an image that the
/// same batch needs.
class ImageSlots {
 public:
  explicit ImageSlots(std::uint32_t slots) : slots_(slots) {}

  struct Place {
    std::uint32_t slot = 0;
    bool upload = false;  ///< the image is not there yet
  };
  Place use(std::uint32_t image);

 private:
  struct Held {
    std::uint32_t image, slot;
  };
  std::uint32_t slots_;
  std::list<Held> held_;  // last used first
  std::unordered_map<std::uint32_t, std::list<Held>::iterator> of_image_;
};

struct Upload {
  std::uint32_t slot = 0;
  const std::vector<float>* pixels = nullptr;
};

/// The row table of a batch; rows that no run fills repeat the first run's image without noise.
/// @param rows  [batch], out   @return the images that must be uploaded first
/// @throws std::invalid_argument when the runs have no rows, or more than fit
std::vector<Upload> fill_row_table(const RowBatch& batch, ImageSlots& slots, NoiseRow* rows,
                                   std::int64_t size);

}  // namespace certify

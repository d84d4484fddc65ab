#include "core/sampling/cuda/image_slots.h"

#include <algorithm>
#include <stdexcept>

namespace certify {

ImageSlots::Place ImageSlots::use(std::uint32_t image) {
  if (const auto found = of_image_.find(image); found != of_image_.end()) {
    held_.splice(held_.begin(), held_, found->second);
    return {held_.front().slot, false};
  }
  auto slot = static_cast<std::uint32_t>(held_.size());
  if (slot == slots_) {
    slot = held_.back().slot;
    of_image_.erase(held_.back().image);
    held_.pop_back();
  }
  held_.push_front({image, slot});
  of_image_[image] = held_.begin();
  return {slot, true};
}

std::vector<Upload> fill_row_table(const RowBatch& batch, ImageSlots& slots, NoiseRow* rows,
                                   std::int64_t size) {
  std::vector<Upload> uploads;
  NoiseRow *row = rows, *const end = rows + size;
  for (const RowRun& run : batch.runs) {
    if (run.rows < 1 || run.rows > end - row) {
      throw std::invalid_argument("a batch with an empty run, or with more rows than fit");
    }
    const ImageSlots::Place place = slots.use(run.image);
    if (place.upload) uploads.push_back({place.slot, run.pixels});
    for (std::int32_t i = 0; i < run.rows; ++i) {
      *row++ = {place.slot, run.image, static_cast<std::uint32_t>(run.phase),
                run.first_sample + static_cast<std::uint32_t>(i)};
    }
  }
  if (row == rows) throw std::invalid_argument("a batch without rows");
  std::fill(row, end, NoiseRow{rows->slot, rows->image, kPaddingRow, 0});
  return uploads;
}

}  // namespace certify

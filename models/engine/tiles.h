// Where a kernel is in a batch of images. Shared by files that are compiled for different
// instruction sets, hence the anonymous namespace.

#include <cstdint>

#include "models/engine/layer.h"

namespace certify {
namespace {

/// Square outputs of one image, by the first of them.
struct Tile {
  std::int64_t image, top, left;
};

/// The tiles of all images, row by row, by steps instead of divisions. @tparam kSide  of a tile
template <std::int64_t kSide>
class Tiles {
 public:
  explicit Tiles(Size size) : size_(size) {}
  Tile next() {
    const Tile tile = at_;
    at_.left += kSide;
    if (at_.left >= size_.width) at_.left = 0, at_.top += kSide;
    if (at_.top >= size_.height) at_.top = 0, ++at_.image;
    return tile;
  }

 private:
  Size size_;
  Tile at_{0, 0, 0};
};

}  // namespace
}  // namespace certify

#pragma once
/// Memory for the values of a program on some images of one size, and the order in which its layers
/// go through them.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/engine/block.h"
#include "models/engine/filters.h"
#include "models/engine/kernels.h"

namespace certify {

/// The place of what belongs to a value.
inline std::size_t at(int value) { return static_cast<std::size_t>(value); }

/// How a value's images lie.
struct Geometry {
  std::int64_t channels;  ///< as stored
  std::int64_t halo;      ///< pixels around an image
  std::int64_t unit;      ///< its sizes are filled up to multiples of this
  std::int32_t zero;      ///< what lies around it
  bool operator==(const Geometry&) const = default;
};

struct Workspace {
  /// Neighbouring layers. All of them are done for a group of images, then for the next.
  struct Segment {
    std::size_t first, end;
    std::int64_t group;
  };

  std::int64_t asked = 0;  ///< images that it was made for
  std::int64_t rows = 0;   ///< images that it has room for: some of these, if they are large
  std::vector<Size> sizes;
  std::vector<ImageBlock> blocks;  ///< of each value
  std::vector<bool> is_local;      ///< the value has room for one group only
  std::vector<Segment> segments;
  std::vector<std::int64_t> blocks_at_once;  ///< of each layer, for its kernel
  AlignedBytes memory, scratch;

  /// The images of a group, which begins at image `first`.
  ImageBlock block_at(int value, std::int64_t first, std::int64_t bytes) const {
    ImageBlock block = blocks[at(value)];
    if (!is_local[at(value)]) {
      block.data = static_cast<char*>(block.data) + first * block.image * bytes;
    }
    return block;
  }
};

struct WorkspaceOrder {
  std::span<const Layer> layers;
  std::size_t inputs;  ///< the values before this one
  std::span<const int> outputs;
  std::span<const Geometry> values;
  const std::vector<bool>& winograd;  ///< of each layer
  std::int64_t bytes;                 ///< of a number
};

/// @param sizes  of all values
std::unique_ptr<Workspace> make_workspace(std::int64_t rows, const std::vector<Size>& sizes,
                                          const WorkspaceOrder& order);

}  // namespace certify

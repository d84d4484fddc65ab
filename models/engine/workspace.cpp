#include "models/engine/workspace.h"

#include <algorithm>

#ifdef __linux__
#include <unistd.h>
#endif

namespace certify {
namespace {

/// Half of the cache that a core has for itself: the rest is for filters.
std::int64_t cache_bytes() {
#ifdef _SC_LEVEL2_CACHE_SIZE
  static const long found = ::sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (found > 0) return found / 2;
#endif
  return 512 << 10;
}

class Planner {
 public:
  Planner(Workspace& space, const WorkspaceOrder& order)
      : space_(space), order_(order), home_(order.values.size()), last_use_(order.values.size()) {}

  /// @return bytes of all images
  std::int64_t plan() {
    lay_out_images();
    find_segments();
    find_lives();
    return place_buffers();
  }

  void allocate(std::int64_t bytes) {
    space_.memory = AlignedBytes(static_cast<std::size_t>(bytes + read_beyond()));
    for (std::size_t v = 0; v < order_.values.size(); ++v) fill_and_point(v);
    allocate_scratch();
  }

 private:
  void lay_out_images() {
    for (std::size_t v = 0; v < order_.values.size(); ++v) {
      const Geometry& g = order_.values[v];
      const Size& size = space_.sizes[v];
      const std::int64_t across = up_to(size.width, g.unit) + 2 * g.halo;
      const std::int64_t down = up_to(size.height, g.unit) + 2 * g.halo;
      space_.blocks.push_back(
          {nullptr, g.channels, across * g.channels, down * across * g.channels, size});
    }
  }

  std::int64_t image_bytes(int value) const {
    return value < 0 ? 0 : space_.blocks[at(value)].image * order_.bytes;
  }

  std::int64_t filter_bytes(std::size_t i) const {
    const Layer& layer = order_.layers[i];
    const Window& w = layer.window;
    const std::int64_t points = order_.winograd[i] ? kWinogradPoints : w.kernel[0] * w.kernel[1];
    return layer.is_pooling() ? 0 : points * layer.in * layer.out * order_.bytes;
  }

  /// A group is what stays in the cache, but at least so many images that they weigh as much as the
  /// filters, which each group reads anew. Neighbours with the same group are one segment.
  void find_segments() {
    std::vector<Workspace::Segment> of_one_size;
    std::int64_t live = 0, filters = 0;  // the most of a layer
    for (std::size_t i = 0; i < order_.layers.size(); ++i) {
      const Layer& layer = order_.layers[i];
      const bool same =
          i > 0 && space_.sizes[at(layer.y)] == space_.sizes[at(order_.layers[i - 1].y)];
      if (!same) {
        of_one_size.push_back({i, i, 1});
        live = filters = 0;
      }
      live =
          std::max(live, image_bytes(layer.x) + image_bytes(layer.y) + image_bytes(layer.residual));
      filters = std::max(filters, filter_bytes(i));
      of_one_size.back().end = i + 1;
      of_one_size.back().group = group_of(std::max(cache_bytes(), filters) / live);
    }
    for (const auto& next : of_one_size) {
      auto& segments = space_.segments;
      if (segments.empty() || segments.back().group != next.group) segments.push_back(next);
      segments.back().end = next.end;
      segment_of_.resize(next.end, segments.size() - 1);
    }
  }

  /// About so many images, such that groups are of even size.
  std::int64_t group_of(std::int64_t images) const {
    const std::int64_t most = std::clamp<std::int64_t>(images, 1, space_.rows);
    const std::int64_t groups = (space_.rows + most - 1) / most;
    return (space_.rows + groups - 1) / groups;
  }

  /// A value that only one segment sees is local.
  void find_lives() {
    space_.is_local.assign(order_.values.size(), true);
    for (std::size_t v = 0; v < order_.inputs; ++v) space_.is_local[v] = false;
    for (std::size_t i = 0; i < order_.layers.size(); ++i) {
      const Layer& layer = order_.layers[i];
      home_[at(layer.y)] = segment_of_[i];
      for (const int v : {layer.x, layer.residual}) {
        if (v < 0) continue;
        last_use_[at(v)] = i;
        if (home_[at(v)] != segment_of_[i]) space_.is_local[at(v)] = false;
      }
    }
    for (const int v : order_.outputs) {
      space_.is_local[at(v)] = false;
      last_use_[at(v)] = order_.layers.size();
    }
  }

  std::int64_t images_of(std::size_t v) const {
    return space_.is_local[v] ? space_.segments[home_[v]].group : space_.rows;
  }

  /// The same zeros lie around both.
  bool are_alike(std::size_t a, std::size_t b) const {
    const ImageBlock &x = space_.blocks[a], &y = space_.blocks[b];
    const Geometry &g = order_.values[a], &h = order_.values[b];
    const bool one_home = !space_.is_local[a] || home_[a] == home_[b];
    return x.channels == y.channels && x.row == y.row && x.image == y.image && x.size == y.size &&
           g.halo == h.halo && g.zero == h.zero && space_.is_local[a] == space_.is_local[b] &&
           one_home;
  }

  /// A buffer is used again once its value was read for the last time. A residual's may take the
  /// sum: each number is read before its place is written.
  std::int64_t place_buffers() {
    struct Buffer {
      std::int64_t offset;
      std::size_t holder;
    };
    std::vector<Buffer> buffers;
    offsets_.resize(order_.values.size());
    std::int64_t total = 0;
    const auto place = [&](std::size_t v, std::size_t i, const Layer* layer) {
      const auto is_free = [&](const Buffer& buffer) {
        if (!are_alike(buffer.holder, v)) return false;
        if (last_use_[buffer.holder] != i) return last_use_[buffer.holder] < i;
        const int holder = static_cast<int>(buffer.holder);
        return layer != nullptr && layer->residual == holder && layer->x != holder;
      };
      auto buffer = layer == nullptr ? buffers.end() : std::ranges::find_if(buffers, is_free);
      if (buffer == buffers.end()) {
        buffer = buffers.insert(buffer, {total, v});
        total += up_to(image_bytes(static_cast<int>(v)) * images_of(v) + kSlackBytes, 64);
      }
      buffer->holder = v;
      offsets_[v] = buffer->offset;
    };
    for (std::size_t v = 0; v < order_.inputs; ++v) place(v, 0, nullptr);
    for (std::size_t i = 0; i < order_.layers.size(); ++i) {
      place(at(order_.layers[i].y), i, &order_.layers[i]);
    }
    return total;
  }

  /// Kernels compute outputs behind a row's end, and drop them.
  std::int64_t read_beyond() const {
    std::int64_t most = 0;
    for (const Layer& layer : order_.layers) {
      const ImageBlock& x = space_.blocks[at(layer.x)];
      const Window& w = layer.window;
      const std::int64_t pixels = kOutputLanes * w.stride[1] + w.kernel[1];
      most = std::max(most, pixels * x.channels + w.kernel[0] * x.row);
    }
    return most * order_.bytes + kSlackBytes;
  }

  void fill_and_point(std::size_t v) {
    ImageBlock& block = space_.blocks[v];
    const Geometry& g = order_.values[v];
    char* data = static_cast<char*>(space_.memory.data()) + offsets_[v];
    if (g.zero != 0) std::fill_n(data, block.image * images_of(v), static_cast<char>(g.zero));
    block.data = data + g.halo * (block.row + block.channels) * order_.bytes;
  }

  void allocate_scratch() {
    constexpr std::int64_t kDirectBlocks = 8;
    std::int64_t most = 0;
    for (std::size_t i = 0; i < order_.layers.size(); ++i) {
      const Layer& layer = order_.layers[i];
      const ImageBlock& x = space_.blocks[at(layer.x)];
      const Size& y = space_.sizes[at(layer.y)];
      // Filters are read once for all of them: too few cost more than a cache that is too small.
      std::int64_t blocks = kDirectBlocks, bytes = direct_scratch(blocks);
      if (order_.winograd[i]) {
        const std::int64_t block = kTilesOfABlock * winograd_scratch(x.channels);
        blocks = std::clamp<std::int64_t>(cache_bytes() / 2 / block, 4, 8);
        bytes = blocks * block;
      }
      space_.blocks_at_once.push_back(blocks);
      // Of AMX: sums of four matrices, and a list of runs of sixteen outputs.
      constexpr std::int64_t kMatrices = 4 * 16 * 64, kRun = 72;
      const std::int64_t runs = y.height * (up_to(y.width, kOutputLanes) / kOutputLanes) + 1;
      most = std::max({most, bytes, kMatrices + runs * kRun});
    }
    space_.scratch = AlignedBytes(static_cast<std::size_t>(most + kSlackBytes));
  }

  Workspace& space_;
  const WorkspaceOrder& order_;
  std::vector<std::size_t> segment_of_;       // of each layer
  std::vector<std::size_t> home_, last_use_;  // of each value: its segment, and a layer
  std::vector<std::int64_t> offsets_;         // of each value
};

}  // namespace

std::unique_ptr<Workspace> make_workspace(std::int64_t rows, const std::vector<Size>& sizes,
                                          const WorkspaceOrder& order) {
  constexpr std::int64_t kMostBytes = 192 << 20;  // of large images, few do
  for (std::int64_t parts = 1;; ++parts) {
    auto space = std::make_unique<Workspace>();
    space->sizes = sizes;
    space->asked = rows;
    space->rows = (rows + parts - 1) / parts;
    Planner planner(*space, order);
    const std::int64_t bytes = planner.plan();
    if (bytes > kMostBytes && space->rows > 1) continue;
    planner.allocate(bytes);
    return space;
  }
}

}  // namespace certify

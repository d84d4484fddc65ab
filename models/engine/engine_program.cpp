#include "models/engine/engine_program.h"

#include <algorithm>
#include <limits>

#include "core/base/errors.h"
#include "models/engine/pooling.h"

namespace certify {
namespace {

bool fits_winograd(const Layer& layer) {
  const Window& w = layer.window;
  for (const int axis : {0, 1}) {
    if (w.kernel[axis] != 3 || w.stride[axis] != 1 || w.padding[axis] != 1) return false;
  }
  return layer.in % kOutputLanes == 0 && layer.out % kOutputLanes == 0;
}

}  // namespace

/// A layer as a kernel takes it.
struct EngineProgram::Prepared {
  bool winograd = false;
  AlignedBytes filters;
  std::vector<float> bias;
  QuantizedLayer quantized;
};

EngineProgram::~EngineProgram() = default;

EngineProgram::EngineProgram(std::vector<Layer> layers, std::vector<ProgramInput> inputs,
                             std::vector<int> outputs, Arithmetic arithmetic,
                             const Kernels& kernels, const std::vector<Range>& ranges,
                             std::vector<Head> heads)
    : arithmetic_(arithmetic),
      kernels_(kernels),
      layers_(std::move(layers)),
      outputs_(std::move(outputs)) {
  for (ProgramInput& input : inputs) {
    channels_.push_back(input.channels);
    inputs_.emplace_back(std::move(input));
  }
  for (Head& head : heads) heads_.emplace_back(std::move(head));
  for (const Layer& layer : layers_) {
    channels_.resize(std::max(channels_.size(), at(layer.y) + 1));
    channels_[at(layer.y)] = layer.out;
  }
  const std::size_t wanted = arithmetic_ == Arithmetic::kInt8 ? channels_.size() : 0;
  if (ranges.size() != wanted) {
    throw DataError("ranges of {} values of the network, expected {}", ranges.size(), wanted);
  }
  lay_out_values();
  for (const Range& range : ranges) scales_.push_back(scale_of(range));
  for (Layer& layer : layers_) {
    Prepared& p = prepared_.emplace_back();
    if (layer.is_pooling()) {
      if (!scales_.empty()) scales_[at(layer.y)] = scales_[at(layer.x)];
      continue;
    }
    const std::int64_t in = geometry_[at(layer.x)].channels, out = geometry_[at(layer.y)].channels;
    p.winograd = is_winograd(layer);
    p.bias = layer.bias;
    p.bias.resize(static_cast<std::size_t>(out));
    if (arithmetic_ == Arithmetic::kInt8) p.quantized = certify::quantized(layer, scales_, out);
    p.filters = p.winograd
                    ? winograd_filters(layer, arithmetic_, kernels_)
                    : direct_filters(layer, in, out, arithmetic_, kernels_, p.quantized.weights);
    layer.weights = {};
    p.quantized.weights = {};
  }
}

int EngineProgram::convolutions() const {
  return static_cast<int>(
      std::ranges::count_if(layers_, [](const Layer& layer) { return !layer.is_pooling(); }));
}

bool EngineProgram::is_winograd(const Layer& layer) const {
  return kernels_.winograd != nullptr && !layer.is_pooling() && fits_winograd(layer);
}

void EngineProgram::lay_out_values() {
  constexpr std::int64_t kWordNumbers = 4;  // of 8 bits: a piece of a window is whole words
  geometry_.resize(channels_.size());
  for (std::size_t v = 0; v < geometry_.size(); ++v) {
    // What kernels write is whole vectors.
    const bool few = v < inputs_.size() && channels_[v] < kOutputLanes;
    geometry_[v] = {up_to(channels_[v], few ? kWordNumbers : kOutputLanes), 0, 1, 0};
  }
  for (const Layer& layer : layers_) {
    Geometry& g = geometry_[at(layer.x)];
    if (layer.is_pooling()) {  // of whole vectors, and it passes over its padding
      g.channels = up_to(g.channels, kOutputLanes);
      continue;
    }
    g.halo = std::max({g.halo, layer.window.padding[0], layer.window.padding[1]});
    // A piece of a window is filled up with what lies behind it, which counts nothing unless it is
    // no number: zeros keep the next image's out.
    const std::int64_t pixel = g.channels * bytes_of(arithmetic_);
    const std::int64_t piece = layer.window.kernel[1] * pixel;
    const std::int64_t spilled = up_to(piece, kernels_.piece_bytes) - piece;
    if (spilled > 0)
      g.halo = std::max(g.halo, layer.window.padding[1] + up_to(spilled, pixel) / pixel);
    if (is_winograd(layer)) g.unit = 4;  // its tiles reach beyond the image
  }
  // A residual lies like the sum, so that one place serves for both.
  for (bool again = true; again;) {
    again = false;
    for (const Layer& layer : layers_) {
      if (layer.residual < 0) continue;
      Geometry &a = geometry_[at(layer.residual)], &b = geometry_[at(layer.y)];
      const Geometry both{std::max(a.channels, b.channels), std::max(a.halo, b.halo),
                          std::max(a.unit, b.unit), 0};
      again = again || a != both || b != both;
      a = b = both;
    }
  }
}

std::vector<Size> EngineProgram::sizes(std::span<const Images> inputs) const {
  std::vector<Size> sizes(channels_.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) sizes[i] = inputs[i].size;
  for (const Layer& layer : layers_) {
    sizes[at(layer.y)] = size_behind(layer.window, sizes[at(layer.x)]);
    if (layer.residual >= 0 && sizes[at(layer.residual)] != sizes[at(layer.y)]) {
      sizes[at(layer.y)] = {0, 0};
    }
  }
  return sizes;
}

std::unique_ptr<Workspace> EngineProgram::take_workspace(std::int64_t rows,
                                                         const std::vector<Size>& sizes) const {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      auto space = std::move(idle_.back());
      idle_.pop_back();
      if (space->asked == rows && space->sizes == sizes) return space;
    }  // of another batch, which does not come again soon
  }
  std::vector<Geometry> values = geometry_;
  for (std::size_t v = 0; v < scales_.size(); ++v) values[v].zero = scales_[v].zero;
  std::vector<int> kept = outputs_;
  for (const ClassifierHead& head : heads_) kept.push_back(head.x());
  std::vector<bool> winograd;
  for (const Prepared& p : prepared_) winograd.push_back(p.winograd);
  return make_workspace(rows, sizes,
                        {layers_, inputs_.size(), kept, values, winograd, bytes_of(arithmetic_)});
}

void EngineProgram::give_back(std::unique_ptr<Workspace> space) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(space));
}

namespace {

/// Calls each(pixel of the block, pixel of an image without gaps) for all pixels of all images.
template <class T, class Each>
void for_each_pixel(const ImageBlock& block, std::int64_t rows, std::int64_t channels,
                    const Each& each) {
  std::int64_t flat = 0;
  for (std::int64_t n = 0; n < rows; ++n) {
    for (std::int64_t y = 0; y < block.size.height; ++y) {
      T* pixel = static_cast<T*>(block.data) + n * block.image + y * block.row;
      for (std::int64_t x = 0; x < block.size.width; ++x) {
        each(pixel, flat);
        pixel += block.channels;
        flat += channels;
      }
    }
  }
}

}  // namespace

void EngineProgram::read(const Workspace& space, int value, std::int64_t first, std::int64_t images,
                         float* out) const {
  const ImageBlock block = space.block_at(value, first, bytes_of(arithmetic_));
  const std::int64_t channels = this->channels(value);
  const auto load = [&]<class T>(T, const auto& converted) {
    for_each_pixel<T>(block, images, channels, [&](const T* pixel, std::int64_t flat) {
      for (std::int64_t c = 0; c < channels; ++c) out[flat + c] = converted(pixel[c]);
    });
  };
  switch (arithmetic_) {
    case Arithmetic::kFp32:
      return load(float{}, [](float x) { return x; });
    case Arithmetic::kBf16:
    case Arithmetic::kBf16Amx:
      return load(std::uint16_t{}, from_bf16);
    case Arithmetic::kInt8:
      return load(std::uint8_t{}, [&](std::uint8_t q) { return scales_[at(value)].number(q); });
  }
}

void EngineProgram::run_head(const ClassifierHead& head, const Workspace& space,
                             std::int64_t images, float* logits) const {
  const Size size = space.sizes[at(head.x())], seen = head.pixels(size);
  const auto in = static_cast<std::size_t>(head.in());
  std::vector<float> values(static_cast<std::size_t>(size.height * size.width) * in);
  std::vector<float> means(in * static_cast<std::size_t>(images));
  std::vector<double> sums(in);
  for (std::int64_t n = 0; n < images; ++n) {
    read(space, head.x(), n, 1, values.data());
    std::ranges::fill(sums, 0.0);
    for (std::int64_t row = 0; row < seen.height; ++row) {
      for (std::int64_t column = 0; column < seen.width; ++column) {
        const auto pixel = static_cast<std::size_t>(row * size.width + column) * in;
        for (std::size_t c = 0; c < in; ++c) sums[c] += values[pixel + c];
      }
    }
    float* const mean = means.data() + static_cast<std::size_t>(n) * in;
    const auto count = static_cast<double>(seen.height * seen.width);
    for (std::size_t c = 0; c < in; ++c) mean[c] = static_cast<float>(sums[c] / count);
  }
  head.run(images, means.data(), logits);
}

void EngineProgram::run_layer(Workspace& space, std::size_t i, std::int64_t first,
                              std::int64_t images) const {
  const Layer& layer = layers_[i];
  const Prepared& p = prepared_[i];
  const ImageBlock x = space.block_at(layer.x, first, bytes_of(arithmetic_));
  const ImageBlock y = space.block_at(layer.y, first, bytes_of(arithmetic_));
  const ImageBlock residual = layer.residual < 0
                                  ? ImageBlock{}
                                  : space.block_at(layer.residual, first, bytes_of(arithmetic_));
  const Requantization requantization = p.quantized.requantization();
  const ConvCall call{layer.window,
                      x,
                      y,
                      layer.residual < 0 ? nullptr : &residual,
                      images,
                      p.filters.data(),
                      p.bias.data(),
                      layer.relu,
                      &requantization,
                      space.scratch.data()};
  if (layer.is_pooling()) {
    max_pool(call, arithmetic_);
  } else {
    (p.winograd ? kernels_.winograd : kernels_.direct)(call, space.blocks_at_once[i]);
  }
}

void EngineProgram::widen(Range& range, const Workspace& space, int value, std::int64_t first,
                          std::int64_t images) const {
  const std::int64_t channels = this->channels(value);
  const ImageBlock block = space.block_at(value, first, bytes_of(arithmetic_));
  for_each_pixel<float>(block, images, channels, [&](const float* pixel, std::int64_t) {
    for (std::int64_t c = 0; c < channels; ++c) {
      range.least = std::min(range.least, pixel[c]);
      range.most = std::max(range.most, pixel[c]);
    }
  });
}

void EngineProgram::run_some(Workspace& space, std::int64_t rows, std::vector<Range>* seen) const {
  const auto watch = [&](int value, std::int64_t first, std::int64_t images) {
    if (seen != nullptr) widen((*seen)[at(value)], space, value, first, images);
  };
  for (std::size_t i = 0; i < inputs_.size(); ++i) watch(static_cast<int>(i), 0, rows);
  for (const auto& segment : space.segments) {
    for (std::int64_t first = 0; first < rows; first += segment.group) {
      const std::int64_t images = std::min(segment.group, rows - first);
      for (std::size_t i = segment.first; i < segment.end; ++i) {
        run_layer(space, i, first, images);
        watch(layers_[i].y, first, images);
      }
    }
  }
}

void EngineProgram::run(std::int64_t rows, std::span<const Images> inputs,
                        const std::vector<Size>& sizes, std::span<float* const> out,
                        std::vector<Range>* seen) const {
  auto space = take_workspace(rows, sizes);
  if (seen != nullptr) seen->resize(channels_.size());
  const auto numbers = [&](int value) {
    return sizes[at(value)].height * sizes[at(value)].width * channels(value);
  };
  for (std::int64_t first = 0; first < rows; first += space->rows) {
    const std::int64_t images = std::min(space->rows, rows - first);
    std::vector<std::int64_t> lost;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const float* const from = inputs[i].data + first * numbers(static_cast<int>(i));
      const auto of_input = inputs_[i].write(
          from, images, arithmetic_, scales_.empty() ? nullptr : &scales_[i], space->blocks[i]);
      lost.insert(lost.end(), of_input.begin(), of_input.end());
    }
    run_some(*space, images, seen);
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      read(*space, outputs_[i], 0, images, out[i] + first * numbers(outputs_[i]));
    }
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      run_head(heads_[i], *space, images, out[outputs_.size() + i] + first * heads_[i].out());
    }
    // What an image is without its numbers that are none is no answer for it.
    const auto lose = [&](float* values, std::int64_t size) {
      for (const std::int64_t image : lost) {
        std::fill_n(values + (first + image) * size, size, std::numeric_limits<float>::quiet_NaN());
      }
    };
    for (std::size_t i = 0; i < outputs_.size(); ++i) lose(out[i], numbers(outputs_[i]));
    for (std::size_t i = 0; i < heads_.size(); ++i) lose(out[outputs_.size() + i], heads_[i].out());
  }
  give_back(std::move(space));
}

}  // namespace certify

#include "models/engine/input.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/base/errors.h"
#include "models/engine/filters.h"

namespace certify {
namespace {

/// @param numbers  [period], for in[i] and in[i + period]   @param out  not in
template <class Step>
void for_all(const float* in, std::int64_t count, const std::vector<float>& numbers, float* out,
             const Step& step) {
  const auto period = static_cast<std::int64_t>(numbers.size());
  for (std::int64_t first = 0; first < count; first += period) {
    const std::int64_t size = std::min(period, count - first);
    for (std::int64_t i = 0; i < size; ++i) {
      out[first + i] = step(in[first + i], numbers[static_cast<std::size_t>(i)]);
    }
  }
}

void apply(const ChannelStep& step, const float* in, std::int64_t count, float* out) {
  const auto with = [&](const auto& one) { for_all(in, count, step.numbers, out, one); };
  switch (step.kind) {
    case ChannelStep::Kind::kAdd:
      return with([](float a, float b) { return a + b; });
    case ChannelStep::Kind::kSubtract:
      return with([](float a, float b) { return a - b; });
    case ChannelStep::Kind::kMultiply:
      return with([](float a, float b) { return a * b; });
    case ChannelStep::Kind::kDivide:
      return with([](float a, float b) { return a / b; });
  }
}

// Of each: whether the result tells what is not finite.

bool convert(const float* in, std::int64_t count, const ValueScale*, float* out) {
  std::copy_n(in, count, out);
  return true;
}

bool convert(const float* in, std::int64_t count, const ValueScale*, std::uint16_t* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = to_bf16(in[i]);
  return true;
}

bool convert(const float* in, std::int64_t count, const ValueScale* scale, std::uint8_t* out) {
  const ValueScale s = *scale;
  std::int32_t lost = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = s.quantized(in[i]);
    lost |= (std::bit_cast<std::int32_t>(in[i]) & 0x7fffffff) >= 0x7f800000 ? 1 : 0;
  }
  return lost == 0;
}

/// Pixels without gaps to pixels with room behind their channels.
template <class T>
void spread(const T* from, std::int64_t pixels, std::int64_t channels, std::int64_t stored, T* to) {
  if (channels == 3 && stored == 4) {  // nearly every network's
    for (std::int64_t x = 0; x < pixels; ++x, from += 3, to += 4) {
      to[0] = from[0], to[1] = from[1], to[2] = from[2], to[3] = T{};
    }
    return;
  }
  for (std::int64_t x = 0; x < pixels; ++x, from += channels, to += stored) {
    std::copy_n(from, channels, to);
    std::fill_n(to + channels, stored - channels, T{});  // the buffer may have been used
  }
}

}  // namespace

InputWriter::InputWriter(ProgramInput input)
    : channels_(input.channels), steps_(std::move(input.steps)) {
  if (channels_ < 1) throw DataError("an input of {} channels", channels_);
  constexpr std::size_t kPixels = 32;
  for (ChannelStep& step : steps_) {
    if (step.numbers.size() != static_cast<std::size_t>(channels_)) {
      throw DataError("a step of {} channels on an input of {}", step.numbers.size(), channels_);
    }
    std::vector<float> of_pixels;
    for (std::size_t i = 0; i < kPixels; ++i) {
      of_pixels.insert(of_pixels.end(), step.numbers.begin(), step.numbers.end());
    }
    step.numbers = std::move(of_pixels);
  }
}

template <class T>
std::vector<std::int64_t> InputWriter::write_rows(const float* from, std::int64_t images,
                                                  const ValueScale* scale,
                                                  const ImageBlock& to) const {
  const std::int64_t numbers = to.size.width * channels_;
  const auto size = static_cast<std::size_t>(numbers);
  std::vector<float> before(has_steps() ? size : 0), behind(before.size());  // a step
  std::vector<T> converted(size);
  std::vector<std::int64_t> lost;
  for (std::int64_t n = 0; n < images; ++n) {
    bool is_told = true;
    for (std::int64_t y = 0; y < to.size.height; ++y, from += numbers) {
      const float* row = from;
      for (const ChannelStep& step : steps_) {
        apply(step, row, numbers, behind.data());
        before.swap(behind);
        row = before.data();
      }
      is_told = convert(row, numbers, scale, converted.data()) && is_told;
      spread(converted.data(), to.size.width, channels_, to.channels,
             static_cast<T*>(to.data) + n * to.image + y * to.row);
    }
    if (!is_told) lost.push_back(n);
  }
  return lost;
}

std::vector<std::int64_t> InputWriter::write(const float* from, std::int64_t images,
                                             Arithmetic arithmetic, const ValueScale* scale,
                                             const ImageBlock& to) const {
  switch (arithmetic) {
    case Arithmetic::kFp32:
      return write_rows<float>(from, images, scale, to);
    case Arithmetic::kBf16:
    case Arithmetic::kBf16Amx:
      return write_rows<std::uint16_t>(from, images, scale, to);
    case Arithmetic::kInt8:
      return write_rows<std::uint8_t>(from, images, scale, to);
  }
  return {};
}

}  // namespace certify

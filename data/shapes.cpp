/// A data set that needs no download: coloured figures on cluttered backgrounds, 3 × 32 × 32, ten
/// classes, drawn when asked for. Every byte follows from (split, index) by integer arithmetic, so
/// a certificate made on one machine can be checked on any other.

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "core/base/files.h"
#include "data/drawing.h"
#include "data/readers.h"

namespace certify {
namespace {

// Streams of draws. The test split can never repeat a training image's draws.
enum Stream : std::uint64_t { kTestLabels = 1, kTestScenes, kTrainLabels, kTrainScenes };

constexpr ImageShape kShape{3, kCanvasSide, kCanvasSide};
constexpr int kMiddle = kCanvasSide / 2 * 8;  // in eighths of a pixel

std::array<int, 3> three(Draws& draws, int low, int high) {
  std::array<int, 3> values{};
  for (int& value : values) value = draws.between(low, high);
  return values;
}

Paint background_paint(Draws& draws) {
  return {three(draws, 50, 205), three(draws, -30, 30), three(draws, -30, 30)};
}

/// `base` moved by `contrast` in one channel and by at most that in the others, up or down, as far
/// as the scale 0..255 allows in the better direction.
std::array<int, 3> contrasting(const std::array<int, 3>& base, int contrast, Draws& draws) {
  std::array<int, 3> colour = base;
  const int strongest = draws.between(0, 2);
  for (int c = 0; c < 3; ++c) {
    const auto channel = static_cast<std::size_t>(c);
    int change = c == strongest ? contrast : draws.between(-contrast, contrast);
    if (c == strongest && draws.coin()) change = -change;
    if (base[channel] + change < 0 || base[channel] + change > 255) change = -change;
    colour[channel] = std::clamp(base[channel] + change, 0, 255);
  }
  return colour;
}

/// Dots and short strokes that belong to no class.
void draw_clutter(Canvas& canvas, const Paint& background, int pieces, Draws& draws) {
  for (int k = 0; k < pieces; ++k) {
    Placement place;
    place.centre_x = draws.between(0, 2 * kMiddle);
    place.centre_y = draws.between(0, 2 * kMiddle);
    place.angle = draws.between(0, 359);
    const bool dot = draws.coin();
    place.radius = dot ? draws.between(7, 16) : draws.between(16, 44);
    place.aspect = dot ? 100 : draws.between(12, 25);
    Paint paint = background;
    paint.base = contrasting(background.base, draws.between(15, 50), draws);
    canvas.draw(dot ? Figure::kCircle : Figure::kSquare, place, paint);
  }
}

void draw_figure(Canvas& canvas, Figure figure, const Paint& background, Draws& draws) {
  Placement place;
  place.radius = draws.between(62, 108);  // 7.8 to 13.5 pixels
  const int slack = kMiddle - place.radius * 85 / 100;
  place.centre_x = kMiddle + draws.between(-slack, slack);
  place.centre_y = kMiddle + draws.between(-slack, slack);
  place.angle = draws.between(0, 359);
  place.aspect = draws.between(85, 118);
  place.thickness = draws.between(-8, 8);
  Paint paint = background;  // keeps the background's slopes, so that the contrast is as drawn
  paint.base = contrasting(background.base, draws.between(40, 235), draws);
  for (int& slope : paint.slope_x) slope += draws.between(-15, 15);
  canvas.draw(figure, place, paint);
}

Canvas scene(Figure figure, std::uint64_t key) {
  Draws draws(key);
  const Paint background = background_paint(draws);
  Canvas canvas;
  canvas.fill(background);
  draw_clutter(canvas, background, draws.between(2, 5), draws);
  draw_figure(canvas, figure, background, draws);
  draw_clutter(canvas, background, draws.between(0, 2), draws);
  canvas.add_grain(5, draws);
  return canvas;
}

/// Label of an image: ten images in a row carry the ten labels, shuffled (Fisher and Yates).
int label_of(std::uint64_t stream, std::int64_t index) {
  std::array<int, kFigures> labels{};
  std::iota(labels.begin(), labels.end(), 0);
  Draws draws(draw_key(stream, static_cast<std::uint64_t>(index / kFigures)));
  for (int k = kFigures - 1; k > 0; --k) {
    std::swap(labels[static_cast<std::size_t>(k)],
              labels[static_cast<std::size_t>(draws.between(0, k))]);
  }
  return labels[static_cast<std::size_t>(index % kFigures)];
}

class Shapes final : public Dataset {
 public:
  explicit Shapes(const std::string& split)
      : Dataset({"shapes",
                 split,
                 kShape,
                 {"circle", "ring", "crescent", "square", "triangle", "plus", "star", "bow tie",
                  "bars", "checker"}}),
        train_(split == "train") {}

  std::int64_t size() const override { return train_ ? 10'000 : 1'000; }

  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    return {index, label(index), image_of_bytes(kShape, canvas(index).bytes().data())};
  }

  std::string sha256() const override {
    std::string records;
    for (std::int64_t i = 0; i < size(); ++i) {
      records += static_cast<char>(label(i));
      const Canvas drawn = canvas(i);
      records.append(drawn.bytes().begin(), drawn.bytes().end());
    }
    return sha256_of(records);
  }

 private:
  int label(std::int64_t index) const {
    return label_of(train_ ? kTrainLabels : kTestLabels, index);
  }
  Canvas canvas(std::int64_t index) const {
    return scene(static_cast<Figure>(label(index)),
                 draw_key(train_ ? kTrainScenes : kTestScenes, static_cast<std::uint64_t>(index)));
  }

  bool train_;
};

}  // namespace

/// Each ten images in a row (0-9, 10-19, …) have ten different labels, in an order of their own.
/// sha256() draws the whole split (tenths of a second) and equals that of the files that
/// write_cifar10_batches() makes of it.
std::unique_ptr<Dataset> open_shapes(const DatasetRequest& request) {
  return std::make_unique<Shapes>(request.split);
}

}  // namespace certify

/// SVHN (Netzer et al. 2011), the cropped digits: 3 × 32 × 32, in MATLAB files.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "core/base/files.h"
#include "data/packed/mat_file.h"
#include "data/readers.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

constexpr ImageShape kShape{3, 32, 32};
constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // the training images are 225 MB

std::string file_name(bool train) { return train ? "train_32x32.mat" : "test_32x32.mat"; }

/// X [height, width, colour, image] in Fortran's order, so that image by image lies colour by
/// colour, and each of these column by column.
std::string images_in(const MatArray& x) {
  const std::vector<std::int64_t> expected{kShape.height, kShape.width, kShape.channels,
                                           x.shape.back()};
  if (x.type != "u1" || x.shape != expected) {
    throw DataError("X: of type {} and shape ({}), expected bytes, u1, and (32, 32, 3, N)", x.type,
                    fmt::join(x.shape, ", "));
  }
  std::string images;
  images.reserve(x.values.size() + static_cast<std::size_t>(x.shape.back()));  // labels, too
  images.resize(x.values.size());
  const std::size_t height = kShape.height, width = kShape.width, plane = height * width;
  for (std::size_t first = 0; first < images.size(); first += plane) {
    for (std::size_t column = 0; column < width; ++column) {
      for (std::size_t row = 0; row < height; ++row) {
        images[first + row * width + column] = x.values[first + column * height + row];
      }
    }
  }
  return images;
}

/// A byte an image, the digit: 0 is stored as 10.
std::string labels_in(const MatArray& y, std::int64_t images) {
  std::vector<std::int64_t> stored;
  try {
    stored = whole_numbers(y);
  } catch (const DataError& error) {
    throw DataError("y: {}", error.what());
  }
  if (std::ssize(stored) != images) {
    throw DataError("y: {} labels, but X has {} images", stored.size(), images);
  }
  std::string labels;
  for (const std::int64_t label : stored) {
    if (label < 1 || label > 10) {
      throw DataError("y: label {} is {}, expected 1 to 10, where 10 is the digit 0", labels.size(),
                      label);
    }
    labels += static_cast<char>(label % 10);
  }
  return labels;
}

}  // namespace

fs::path find_svhn(const fs::path& place) {
  for (const bool train : {false, true}) {
    if (is_file(place / file_name(train))) return place / file_name(train);
  }
  return {};
}

/// test_32x32.mat or train_32x32.mat, read whole. sha256() is over the images, a byte an element in
/// CHW order, and then the labels, a byte each.
std::unique_ptr<Dataset> open_svhn(const DatasetRequest& request) {
  const std::string name = file_name(request.split == "train");
  const std::vector<fs::path> places = places_of(request);
  const fs::path folder =
      first_place(places, [&](const fs::path& place) { return is_file(place / name); });
  if (folder.empty()) throw DataError("{} not found; looked in {}", name, listed(places));
  const fs::path file = folder / name;
  const MappedFile mapped(file);
  try {
    const MatFile mat(mapped.bytes(), kMostBytes);
    const MatArray& x = mat.array("X");
    std::string content = images_in(x);
    const auto images = std::ssize(content);
    content += labels_in(mat.array("y"), x.shape.back());
    return images_of(
        {request.name, request.split, kShape, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
        ImageBytes{std::move(content), x.shape.back(), {images, 1}, {0, kShape.size()}});
  } catch (const DataError& error) {
    throw DataError("{}: {}", file.string(), error.what());
  }
}

}  // namespace certify

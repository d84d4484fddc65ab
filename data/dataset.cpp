#include "data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "core/base/errors.h"
#include "data/cifar10.h"
#include "data/image_folder.h"
#include "data/imagenet.h"
#include "data/kitti.h"
#include "data/mnist.h"
#include "data/reader.h"
#include "data/shapes.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

/// Everything the program knows of a data set before opening it. A new one adds a row.
struct Entry {
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Dataset> (*open)(const DatasetRequest&);
  std::vector<fs::path> (*places)(const fs::path& dir);  ///< nullptr: embedded
  fs::path (*find)(const fs::path& dir);                 ///< empty: not there
  bool images = false;                                   ///< a folder of images of any size
};

constexpr std::array kEntries{
    Entry{"shapes",
          "drawn by this program: 32 x 32 colour, 10 classes, 10,000 train and 1,000 test",
          &open_shapes, nullptr, nullptr},
    Entry{"cifar10", "32 x 32 colour, 10 classes, 50,000 train and 10,000 test, binary version",
          &open_cifar10, &cifar10_places, &find_cifar10},
    Entry{"mnist", "28 x 28 grey, 10 digits, 60,000 train and 10,000 test, IDX, plain or gzip",
          &open_mnist, &mnist_places, &find_mnist},
    Entry{"fashion-mnist",
          "28 x 28 grey, 10 kinds of clothes, in files of MNIST's names and format",
          &open_fashion_mnist, &fashion_mnist_places, &find_fashion_mnist},
    Entry{"imagenet",
          "ILSVRC 2012, val/WNID/*.JPEG: resized to 256, 224 x 224 from the middle, 1000 classes",
          &open_imagenet, &imagenet_places, &find_imagenet, true},
    Entry{"kitti", "training/image_2 and label_2: the class of most objects, brought to 224 x 224",
          &open_kitti, &kitti_places, &find_kitti},
    Entry{"image-folder", "JPEG and PNG files, one folder a class; --resize, --crop, --classes",
          &open_image_folder, &image_folder_places, &find_image_folder, true},
};

/// @throws InputError where there is none of this name.
const Entry& entry_of(std::string_view name) {
  std::string known;
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return entry;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", entry.name);
  }
  throw InputError(fmt::format("unknown data set '{}': one of {}", name, known));
}

}  // namespace

fs::path data_folder(std::string_view dataset, const fs::path& typed) {
  if (!typed.empty()) return typed;
  const char* imagenet = std::getenv("IMAGENET_DIR");  // as all of the field's programs
  if (dataset == "imagenet" && imagenet != nullptr && *imagenet != '\0') return imagenet;
  const char* all = std::getenv("CERTIFY_DATA");
  return all != nullptr ? all : "";
}

void set_crop(DatasetRequest& request, const std::string& text) {
  const auto side = [&](std::string_view digits) {
    int value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error == std::errc{} && stop == end && value >= 1 && value <= 65535) return value;
    throw InputError(fmt::format("--crop {}: expected N or HEIGHTxWIDTH, such as 224", text));
  };
  const std::string_view all = text;
  const std::size_t x = all.find('x');
  request.crop_height = side(all.substr(0, x));
  request.crop_width = x == all.npos ? request.crop_height : side(all.substr(x + 1));
}

void check_request(const DatasetRequest& request) {
  const Entry& entry = entry_of(request.name);
  is_train(request);
  // An option that would silently do nothing is a wrong experiment.
  if (entry.images) return;
  if (request.resize >= 0 || request.crop_height > 0 || !request.classes.empty()) {
    throw InputError(fmt::format(
        "{} has images of one size and classes of its own: no --resize, --crop or --classes",
        entry.name));
  }
}

std::unique_ptr<Dataset> open_dataset(const DatasetRequest& request) {
  check_request(request);
  return entry_of(request.name).open(request);
}

std::vector<DatasetListing> list_datasets(const fs::path& typed) {
  std::vector<DatasetListing> listings;
  for (const Entry& entry : kEntries) {
    DatasetListing listing{std::string(entry.name), std::string(entry.summary), {}, true, {}};
    if (entry.places != nullptr) {
      const fs::path dir = data_folder(entry.name, typed);
      listing.searched = entry.places(dir);
      listing.found_in = entry.find(dir);
      listing.found = !listing.found_in.empty();
    }
    listings.push_back(std::move(listing));
  }
  return listings;
}

std::vector<std::int64_t> slice_indices(const Slice& slice, std::int64_t dataset_size) {
  if (slice.start < 0 || slice.start >= dataset_size) {
    throw InputError(
        fmt::format("start {} is outside the split's {} images", slice.start, dataset_size));
  }
  if (slice.skip < 1) throw InputError(fmt::format("skip {} must be at least 1", slice.skip));
  if (slice.count != -1 && slice.count < 1) {
    throw InputError(fmt::format("count {} must be at least 1, or -1 for all", slice.count));
  }
  const std::int64_t available = (dataset_size - 1 - slice.start) / slice.skip + 1;
  const std::int64_t count = slice.count == -1 ? available : std::min(slice.count, available);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::int64_t k = 0;
  for (std::int64_t& index : indices) index = slice.start + slice.skip * k++;
  return indices;
}

void check_index(const Dataset& dataset, std::int64_t index) {
  if (index >= 0 && index < dataset.size()) return;
  throw InputError(fmt::format("image {} is outside {} {}'s {} images", index, dataset.info().name,
                               dataset.info().split, dataset.size()));
}

Image image_of_bytes(const ImageShape& shape, const unsigned char* bytes) {
  Image image{shape, std::vector<float>(static_cast<std::size_t>(shape.size()))};
  std::transform(bytes, bytes + shape.size(), image.pixels.begin(),
                 [](unsigned char byte) { return static_cast<float>(byte) / 255.0F; });
  return image;
}

Image to_image(const RgbImage& rgb) {
  const std::size_t pixels = rgb.bytes.size() / 3;
  std::vector<unsigned char> planes(rgb.bytes.size());
  for (std::size_t p = 0; p < pixels; ++p) {
    for (std::size_t c = 0; c < 3; ++c) planes[c * pixels + p] = rgb.bytes[p * 3 + c];
  }
  return image_of_bytes({3, rgb.height, rgb.width}, planes.data());
}

}  // namespace certify

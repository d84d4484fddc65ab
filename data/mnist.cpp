#include "data/mnist.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "data/idx/idx_file.h"
#include "data/reader.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

constexpr ImageShape kShape{1, 28, 28};

/// The file as it is stored, plain before packed; nothing where it is neither.
fs::path stored(const fs::path& plain) {
  if (is_file(plain)) return plain;
  const fs::path packed = plain.string() + ".gz";
  return is_file(packed) ? packed : fs::path();
}

constexpr std::string_view prefix_of(bool train) { return train ? "train" : "t10k"; }

std::string images_name(bool train) {
  return fmt::format("{}-images-idx3-ubyte", prefix_of(train));
}
std::string labels_name(bool train) {
  return fmt::format("{}-labels-idx1-ubyte", prefix_of(train));
}

fs::path find(const std::vector<fs::path>& places) {
  for (const fs::path& place : places) {
    if (!stored(place / images_name(false)).empty() || !stored(place / images_name(true)).empty()) {
      return place;
    }
  }
  return {};
}

std::string listed(const std::vector<fs::path>& places) {
  std::vector<std::string> names;
  for (const fs::path& place : places) names.push_back(place.string());
  return fmt::format("{}", fmt::join(names, ", "));
}

fs::path folder_of(const DatasetRequest& request, bool train, const std::vector<fs::path>& places) {
  if (request.dir.empty()) {
    throw InputError(fmt::format("{} is read from files: give --data-dir DIR or set CERTIFY_DATA",
                                 request.name));
  }
  const auto found = std::find_if(places.begin(), places.end(), [&](const fs::path& place) {
    return !stored(place / images_name(train)).empty();
  });
  if (found != places.end()) return *found;
  const bool other = !find(places).empty();
  throw DataError(
      fmt::format("{0} and {0}.gz not found; looked in {1}{2}", images_name(train), listed(places),
                  other ? fmt::format("; there is the split {}", train ? "test" : "train") : ""));
}

class Mnist final : public Dataset {
 public:
  Mnist(DatasetInfo info, IdxFile images, IdxFile labels)
      : info_(std::move(info)), images_(std::move(images)), labels_(std::move(labels)) {}

  const DatasetInfo& info() const override { return info_; }
  std::int64_t size() const override { return labels_.dimensions[0]; }
  std::string sha256() const override { return sha256_of(images_.content + labels_.content); }

  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    return {index, labels_.elements()[index],
            image_of_bytes(kShape, images_.elements() + index * kShape.size())};
  }

 private:
  DatasetInfo info_;
  IdxFile images_, labels_;
};

void check(const IdxFile& images, const fs::path& images_file, const IdxFile& labels,
           const fs::path& labels_file, std::size_t classes) {
  if (images.dimensions[1] != kShape.height || images.dimensions[2] != kShape.width) {
    throw DataError(fmt::format("{}: images of {} x {}, expected {} x {}", images_file.string(),
                                images.dimensions[1], images.dimensions[2], kShape.height,
                                kShape.width));
  }
  if (labels.dimensions[0] != images.dimensions[0]) {
    throw DataError(fmt::format("{}: {} labels, but {} has {} images", labels_file.string(),
                                labels.dimensions[0], images_file.string(), images.dimensions[0]));
  }
  for (std::int64_t i = 0; i < labels.dimensions[0]; ++i) {
    check_label(labels.elements()[i], classes, labels_file, i);
  }
}

std::unique_ptr<Dataset> open(const DatasetRequest& request, const std::vector<fs::path>& places,
                              std::vector<std::string> class_names) {
  const bool train = request.split == "train";
  const fs::path folder = folder_of(request, train, places);
  const fs::path images_file = stored(folder / images_name(train));
  const fs::path labels_file = stored(folder / labels_name(train));
  if (labels_file.empty()) {
    throw DataError(
        fmt::format("{0}: missing, and so is {0}.gz", (folder / labels_name(train)).string()));
  }
  IdxFile images = read_idx(images_file, 3), labels = read_idx(labels_file, 1);
  check(images, images_file, labels, labels_file, class_names.size());
  return std::make_unique<Mnist>(
      DatasetInfo{request.name, request.split, kShape, std::move(class_names)}, std::move(images),
      std::move(labels));
}

}  // namespace

std::vector<fs::path> mnist_places(const fs::path& dir) {
  if (dir.empty()) return {};
  return {dir / "MNIST" / "raw", dir / "mnist", dir};
}

std::vector<fs::path> fashion_mnist_places(const fs::path& dir) {
  if (dir.empty()) return {};
  return {dir / "FashionMNIST" / "raw", dir / "fashion-mnist", dir};
}

fs::path find_mnist(const fs::path& dir) { return find(mnist_places(dir)); }
fs::path find_fashion_mnist(const fs::path& dir) { return find(fashion_mnist_places(dir)); }

std::unique_ptr<Dataset> open_mnist(const DatasetRequest& request) {
  return open(request, mnist_places(request.dir),
              {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

std::unique_ptr<Dataset> open_fashion_mnist(const DatasetRequest& request) {
  return open(request, fashion_mnist_places(request.dir),
              {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
               "Bag", "Ankle boot"});
}

}  // namespace certify

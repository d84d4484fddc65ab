/// MNIST (LeCun, Cortes, Burges) and Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): grey images of
/// 28 × 28, ten classes, in files of one name and format (data/idx/idx_file.h).

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "data/idx/idx_file.h"
#include "data/readers.h"

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

std::string file_name(bool train, const char* content) {
  return fmt::format("{}-{}-ubyte", train ? "train" : "t10k", content);
}
std::string images_name(bool train) { return file_name(train, "images-idx3"); }

fs::path folder_of(const DatasetRequest& request, bool train) {
  const std::vector<fs::path> places = places_of(request);
  const fs::path folder = first_place(
      places, [&](const fs::path& place) { return !stored(place / images_name(train)).empty(); });
  if (!folder.empty()) return folder;
  const bool other =
      std::ranges::any_of(places, [](const fs::path& place) { return !find_mnist(place).empty(); });
  throw DataError("{0} and {0}.gz not found; looked in {1}{2}", images_name(train), listed(places),
                  other ? fmt::format("; there is the split {}", train ? "test" : "train") : "");
}

void check(const IdxFile& images, const fs::path& images_file, const IdxFile& labels,
           const fs::path& labels_file, std::size_t classes) {
  if (images.dimensions[1] != kShape.height || images.dimensions[2] != kShape.width) {
    throw DataError("{}: images of {} x {}, expected {} x {}", images_file.string(),
                    images.dimensions[1], images.dimensions[2], kShape.height, kShape.width);
  }
  if (labels.dimensions[0] != images.dimensions[0]) {
    throw DataError("{}: {} labels, but {} has {} images", labels_file.string(),
                    labels.dimensions[0], images_file.string(), images.dimensions[0]);
  }
  for (std::int64_t i = 0; i < labels.dimensions[0]; ++i) {
    check_label(labels.elements()[i], classes, labels_file, i);
  }
}

/// Split "train" is train-images-idx3-ubyte and train-labels-idx1-ubyte, "test" is t10k-…, each
/// plain or with .gz behind its name. Read whole, all labels checked; as many images as the header
/// says. sha256() is over images and labels, one after the other, both unpacked: the same however
/// they are stored.
std::unique_ptr<Dataset> open(const DatasetRequest& request, std::vector<std::string> class_names) {
  const bool train = request.split == "train";
  const fs::path folder = folder_of(request, train);
  const fs::path images_file = stored(folder / images_name(train));
  const fs::path labels_plain = folder / file_name(train, "labels-idx1");
  const fs::path labels_file = stored(labels_plain);
  if (labels_file.empty()) {
    throw DataError("{0}: missing, and so is {0}.gz", labels_plain.string());
  }
  const IdxFile images = read_idx(images_file, 3), labels = read_idx(labels_file, 1);
  check(images, images_file, labels, labels_file, class_names.size());
  const auto behind = static_cast<std::int64_t>(images.content.size() + labels.header_bytes());
  return images_of({request.name, request.split, kShape, std::move(class_names)},
                   ImageBytes{images.content + labels.content,
                              labels.dimensions[0],
                              {behind, 1},
                              {static_cast<std::int64_t>(images.header_bytes()), kShape.size()}});
}

}  // namespace

fs::path find_mnist(const fs::path& place) {
  const fs::path test = stored(place / images_name(false));
  return test.empty() ? stored(place / images_name(true)) : test;
}

std::unique_ptr<Dataset> open_mnist(const DatasetRequest& request) {
  return open(request, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

std::unique_ptr<Dataset> open_fashion_mnist(const DatasetRequest& request) {
  return open(request, {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
                        "Sneaker", "Bag", "Ankle boot"});
}

}  // namespace certify

#include "data/imagenet.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/errors.h"
#include "data/image_folder.h"
#include "data/imagenet_classes.h"
#include "data/reader.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

constexpr Framing kUsualFraming{256, 224, 224};

bool holds_a_class(const fs::path& place) {
  const auto classes = imagenet_classes();
  return std::any_of(classes.begin(), classes.end(),
                     [&](const ImagenetClass& c) { return is_folder(place / c.folder); });
}

/// Not the place with a class of ImageNet's: --classes may name others.
fs::path root_of(const DatasetRequest& request) {
  if (request.dir.empty()) {
    throw InputError(
        "imagenet is read from files: give --data-dir DIR, or set IMAGENET_DIR or CERTIFY_DATA, "
        "where DIR holds val/WNID/*.JPEG");
  }
  const std::vector<fs::path> places =
      is_train(request) ? std::vector{request.dir / "train", request.dir / "imagenet" / "train"}
                        : imagenet_places(request.dir);
  for (const fs::path& place : places) {
    if (is_folder(place)) return place;
  }
  throw DataError(
      fmt::format("{}: no such folder; expected WNID/*.JPEG in it", places.front().string()));
}

std::vector<FolderClass> usual_classes() {
  std::vector<FolderClass> classes;
  for (const ImagenetClass& c : imagenet_classes()) {
    classes.push_back({std::string(c.folder), std::string(c.name)});
  }
  return classes;
}

}  // namespace

std::vector<fs::path> imagenet_places(const fs::path& dir) {
  if (dir.empty()) return {};
  return {dir / "val", dir / "imagenet" / "val", dir};
}

fs::path find_imagenet(const fs::path& dir) {
  for (const fs::path& place : imagenet_places(dir)) {
    if (holds_a_class(place)) return place;
  }
  return {};
}

std::unique_ptr<Dataset> open_imagenet(const DatasetRequest& request) {
  const fs::path root = root_of(request);
  std::vector<FolderClass> classes = read_class_file(request.classes, root);
  if (classes.empty()) classes = usual_classes();
  return open_image_folder_at(
      {"imagenet", request.split, root, std::move(classes), framing_of(request, kUsualFraming)});
}

}  // namespace certify

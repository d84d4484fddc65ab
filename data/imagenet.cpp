/// ILSVRC 2012, "ImageNet": folders of JPEG files, one folder a class.

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "data/readers.h"

namespace certify {
namespace fs = std::filesystem;

/// data/imagenet_classes.txt: WordNet 3.0 identifiers in their order, which is that of the
/// networks' outputs; each with its first lemma, told apart where two share it.
extern const std::string_view kImagenetClassLines;

const std::vector<FolderClass>& imagenet_classes() {
  static const std::vector<FolderClass> classes = [] {
    std::vector<FolderClass> out;
    std::istringstream lines{std::string(kImagenetClassLines)};
    for (FolderClass c; lines >> c.folder >> std::ws && std::getline(lines, c.name);) {
      out.push_back(c);
    }
    return out;
  }();
  return classes;
}

bool is_imagenet(const fs::path& place) {
  return std::ranges::any_of(imagenet_classes(),
                             [&](const FolderClass& c) { return is_folder(place / c.folder); });
}

/// Split "test" is val/, "train" is train/. Images as torchvision's Resize(256), CenterCrop(224)
/// give them unless the request says otherwise. There are 1000 classes even where only some have a
/// folder; `request.classes` puts them in another order, or names others.
std::unique_ptr<Dataset> open_imagenet(const DatasetRequest& request) {
  std::vector<fs::path> places = places_of(request);
  if (request.split == "train") {
    places.pop_back();
    for (fs::path& place : places) place.replace_filename("train");
  }
  // Not the place with a class of ImageNet's: --classes may name others.
  const fs::path root = first_place(places, is_folder);
  if (root.empty()) {
    throw DataError("{}: no such folder; expected WNID/*.JPEG in it", places.front().string());
  }
  return open_class_folders(request, root, imagenet_classes(), {256, 224, 224});
}

}  // namespace certify

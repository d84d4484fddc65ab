/// ILSVRC 2012, "ImageNet": folders of JPEG files, one folder a class.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string_view>
#include <system_error>

#include "data/imagenet_labels.h"
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

fs::path find_imagenet(const fs::path& place) {
  for (const FolderClass& c : imagenet_classes()) {
    if (is_folder(place / c.folder)) return place / c.folder;
  }
  const fs::path flat = place / "ILSVRC2012_val_00000001.JPEG";
  return is_file(flat) ? flat : fs::path();
}

namespace {

/// What the folder's own list says, as far as it does: val has 50,000 entries.
bool is_directory(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_directory(ignored);
}

bool is_image(const fs::directory_entry& entry) {
  return is_image_name(entry.path().filename().string()) && !is_directory(entry);
}

/// The images of one folder with the labels of a file, in the order and under the names that they
/// have in class folders: neither an image's number nor sha256() depends on how they are laid out.
std::unique_ptr<Dataset> open_flat(const DatasetRequest& request, const fs::path& root,
                                   const Framing& usual) {
  const LabelsByImage labels = read_imagenet_labels(request.labels_file);
  const std::vector<FolderClass> classes = classes_of(request, root, imagenet_classes());
  std::map<std::string_view, int> label_of;
  for (const FolderClass& c : classes)
    label_of.emplace(c.folder, static_cast<int>(label_of.size()));
  std::vector<ImageFiles::Item> items;
  for (const fs::directory_entry& entry : entries_in(root)) {
    if (!is_image(entry)) continue;
    const std::string name = entry.path().filename().string();
    const auto known = labels.find(entry.path().stem().string());
    if (known == labels.end()) {
      throw DataError("{}: no label in {}, which has {}", entry.path().string(),
                      request.labels_file.string(), labels.size());
    }
    const std::string& wnid = imagenet_classes()[static_cast<std::size_t>(known->second)].folder;
    const auto label = label_of.find(wnid);
    if (label == label_of.end()) {
      throw DataError("{}: its class {} is not in {}", entry.path().string(), wnid,
                      request.classes.string());
    }
    items.push_back({wnid + "/" + name, label->second, size_of(entry), name});
  }
  if (items.empty()) {
    throw DataError("{}: no images; --labels-file is for images that lie in one folder",
                    root.string());
  }
  std::ranges::sort(items, {}, &ImageFiles::Item::name);
  std::string note;
  if (items.size() < labels.size()) {
    note = fmt::format("{} of {} labels are of images that are not there",
                       labels.size() - items.size(), labels.size());
  }
  return images_of_classes(request, root, classes, std::move(items), usual, std::move(note));
}

}  // namespace

/// Splits "test" and "val" are val/, "train" is train/. Images as torchvision's Resize(256),
/// CenterCrop(224) give them unless the request says otherwise. There are 1000 classes even where
/// only some have a folder; `request.classes` puts them in another order, or names others.
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
  constexpr Framing kUsual{256, 224, 224};
  if (!request.labels_file.empty()) return open_flat(request, root, kUsual);
  const auto entries = entries_in(root);
  if (std::ranges::none_of(entries, is_directory) && std::ranges::any_of(entries, is_image)) {
    throw DataError(
        "{}: images without class folders; --labels-file FILE tells their labels: the devkit's "
        "ILSVRC2012_validation_ground_truth.txt or LOC_val_solution.csv",
        root.string());
  }
  return open_class_folders(request, root, imagenet_classes(), kUsual);
}

}  // namespace certify

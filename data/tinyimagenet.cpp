/// TinyImageNet (Stanford's CS231n), 3 × 64 × 64, as it is unzipped, or with val put into class
/// folders as for torchvision's ImageFolder.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "core/base/files.h"
#include "core/base/parse.h"
#include "data/readers.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

constexpr const char* kAnnotations = "val_annotations.txt";
constexpr Framing kUsual{0, 64, 64};

/// Whether a folder is TinyImageNet's, and not ImageNet's, which has train and val, too.
bool is_root(const fs::path& place) { return is_file(place / "wnids.txt"); }

/// The folder that holds train, val and the lists of classes.
fs::path root_of(const DatasetRequest& request) {
  const std::vector<fs::path> places = places_of(request);
  const std::string part = request.split == "train" ? "train" : "val";
  const fs::path root = first_place(
      places, [&](const fs::path& place) { return is_root(place) && is_folder(place / part); });
  if (!root.empty()) return root;
  const fs::path unlabelled =
      first_place(places, [](const fs::path& place) { return is_folder(place / "test"); });
  throw DataError("no folder {} beside wnids.txt; looked in {}{}", part, listed(places),
                  part == "val" && !unlabelled.empty()
                      ? "; TinyImageNet's folder test has no labels: the split test is val"
                      : "");
}

/// "n01443537\tgoldfish, Carassius auratus": what each is called.
std::map<std::string, std::string> names_in(const fs::path& words) {
  std::map<std::string, std::string> names;
  if (!is_file(words)) return names;
  std::istringstream lines(read_file(words));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const std::string name = line.substr(tab + 1);
    names[line.substr(0, tab)] = name.substr(0, name.find_first_of(",\r"));
  }
  return names;
}

/// As ImageFolder sorts them, which is not the order of wnids.txt: by identifier.
/// @throws DataError where the file lists none.
std::vector<FolderClass> usual_classes(const fs::path& root) {
  const fs::path file = root / "wnids.txt";
  const auto names = names_in(root / "words.txt");
  std::vector<FolderClass> classes;
  std::istringstream words(read_file(file));
  for (std::string wnid; words >> wnid;) {
    const auto name = names.find(wnid);
    classes.push_back({wnid, name == names.end() ? wnid : name->second});
  }
  std::ranges::sort(classes, {}, &FolderClass::folder);
  if (classes.empty()) throw DataError("{}: no classes", file.string());
  return classes;
}

/// "val_0.JPEG\tn03444034\t0\t32\t44\t62" a line: file, class and a box.
std::map<std::string, std::string> read_annotations(const fs::path& file) {
  std::map<std::string, std::string> wnids;
  std::istringstream lines(read_file(file));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::vector<std::string_view> fields = split(line, '\t');
    if (fields.size() < 2) {
      throw DataError("{}:{}: {} fields, expected a file, its class and a box", file.string(),
                      number, fields.size());
    }
    if (!wnids.emplace(fields[0], fields[1].substr(0, fields[1].find('\r'))).second) {
      throw DataError("{}:{}: {} a second time", file.string(), number, fields[0]);
    }
  }
  return wnids;
}

int label_of(const std::vector<FolderClass>& classes, const std::string& wnid,
             const std::string& of) {
  const auto c = std::ranges::find(classes, wnid, &FolderClass::folder);
  if (c != classes.end()) return static_cast<int>(c - classes.begin());
  throw DataError("{}: its class {} is none of {}", of, wnid, classes.size());
}

/// val/images with a file of their classes. Adds to `note` how many are not there.
std::vector<ImageFiles::Item> annotated(const fs::path& val,
                                        const std::vector<FolderClass>& classes,
                                        std::string& note) {
  std::vector<ImageFiles::Item> items;
  if (!is_folder(val / "images")) return items;
  const auto wnids = is_file(val / kAnnotations) ? read_annotations(val / kAnnotations)
                                                 : std::map<std::string, std::string>();
  for (const fs::directory_entry& entry : entries_in(val / "images")) {
    const std::string name = entry.path().filename().string();
    if (!is_image_name(name)) continue;
    const auto known = wnids.find(name);
    if (known == wnids.end()) {
      throw DataError("{}: no label in {}", entry.path().string(), (val / kAnnotations).string());
    }
    items.push_back({known->second + "/" + name,
                     label_of(classes, known->second, entry.path().string()), size_of(entry),
                     "images/" + name});
  }
  if (!items.empty() && items.size() < wnids.size()) {
    note = fmt::format("{} of {} images of {} are not there", wnids.size() - items.size(),
                       wnids.size(), kAnnotations);
  }
  return items;
}

/// WNID/images/NAME, as train has them, or WNID/NAME. Adds to `note` how many classes have none.
std::vector<ImageFiles::Item> in_class_folders(const fs::path& folder,
                                               const std::vector<FolderClass>& classes,
                                               std::string& note) {
  std::vector<ImageFiles::Item> items;
  std::size_t folders = 0;
  for (const fs::directory_entry& entry : entries_in(folder)) {
    const std::string wnid = entry.path().filename().string();
    if (!is_folder(entry.path()) || wnid == "images") continue;
    ++folders;
    const int label = label_of(classes, wnid, entry.path().string());
    const bool deeper = is_folder(entry.path() / "images");
    for (const fs::directory_entry& image :
         entries_in(deeper ? entry.path() / "images" : entry.path())) {
      const std::string name = image.path().filename().string();
      if (!is_image_name(name)) continue;
      items.push_back({wnid + "/" + name, label, size_of(image),
                       image.path().lexically_relative(folder).string()});
    }
  }
  if (folders > 0 && folders < classes.size()) {
    note = fmt::format("{} of {} classes have no folder", classes.size() - folders, classes.size());
  }
  return items;
}

}  // namespace

fs::path find_tinyimagenet(const fs::path& place) {
  if (!is_root(place)) return {};
  for (const fs::path& path : {place / "val" / kAnnotations, place / "val", place / "train"}) {
    if (is_file(path) || is_folder(path)) return path;
  }
  return {};
}

/// Split "train" is train/, "test" and "val" are val/. Images are named WNID/NAME and sorted so,
/// however they are laid out: neither an image's number nor sha256() depends on that.
/// `request.classes` puts the classes in another order, such as that of wnids.txt.
std::unique_ptr<Dataset> open_tinyimagenet(const DatasetRequest& request) {
  const fs::path root = root_of(request);
  const fs::path folder = root / (request.split == "train" ? "train" : "val");
  const std::vector<FolderClass> classes = classes_of(
      request, folder, request.classes.empty() ? usual_classes(root) : std::vector<FolderClass>());
  std::string note;
  std::vector<ImageFiles::Item> items = annotated(folder, classes, note);
  std::vector<ImageFiles::Item> sorted = in_class_folders(folder, classes, note);
  if (!items.empty() && !sorted.empty()) {
    throw DataError(
        "{}: {} images in the folder images and {} in class folders, expected one of "
        "the two",
        folder.string(), items.size(), sorted.size());
  }
  if (items.empty()) items = std::move(sorted);
  if (items.empty()) throw DataError("{}: no images", folder.string());
  std::ranges::sort(items, {}, &ImageFiles::Item::name);
  return images_of_classes(request, folder, classes, std::move(items), kUsual, std::move(note));
}

}  // namespace certify

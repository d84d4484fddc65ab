#include "data/image_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "data/images/image_file.h"
#include "data/reader.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

/// torchvision's IMG_EXTENSIONS. Those that are not read here are listed all the same, so that all
/// others keep their place.
constexpr std::array<std::string_view, 9> kExtensions{".jpg", ".jpeg", ".png",  ".ppm", ".bmp",
                                                      ".pgm", ".tif",  ".tiff", ".webp"};

bool is_image_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](std::string_view extension) { return name.ends_with(extension); });
}

[[noreturn]] void cannot_read(const fs::filesystem_error& error) {
  throw IoError(fmt::format("{}: cannot read: {}", error.path1().string(), error.code().message()));
}

/// Names of the folders in a folder, sorted by their bytes.
std::vector<std::string> folders_in(const fs::path& root) {
  std::vector<std::string> names;
  try {
    for (const auto& entry : fs::directory_iterator(root)) {
      if (is_folder(entry.path())) names.push_back(entry.path().filename().string());
    }
  } catch (const fs::filesystem_error& error) {
    cannot_read(error);
  }
  std::sort(names.begin(), names.end());
  return names;
}

struct Item {
  std::string file;  ///< relative to the root
  int label = 0;
  std::int64_t bytes = 0;  ///< -1 where the system does not say
};

std::int64_t size_of(const fs::directory_entry& entry) {
  std::error_code error;
  const std::uintmax_t bytes = entry.file_size(error);
  return error ? -1 : static_cast<std::int64_t>(bytes);
}

/// All images below a class folder, sorted by folder and then by name, as `sorted(os.walk(…))`
/// sorts.
std::vector<Item> items_of_class(const fs::path& root, const std::string& folder, int label) {
  std::map<std::pair<std::string, std::string>, std::int64_t> found;
  try {
    const auto follow = fs::directory_options::follow_directory_symlink;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder, follow)) {
      const std::string name = entry.path().filename().string();
      if (!is_image_name(name) || entry.is_directory()) continue;
      const fs::path inside = entry.path().parent_path().lexically_relative(root);
      found[{inside.string(), name}] = size_of(entry);
    }
  } catch (const fs::filesystem_error& error) {
    cannot_read(error);
  }
  std::vector<Item> items;
  for (const auto& [place, bytes] : found) {
    items.push_back({place.first + "/" + place.second, label, bytes});
  }
  return items;
}

class ImageFolder final : public Dataset {
 public:
  ImageFolder(ImageFolderLayout layout, std::vector<Item> items)
      : layout_(std::move(layout)), items_(std::move(items)) {
    one_size_ = layout_.framing.height == 0;
    if (one_size_) take_size_of_first();
    info_ = {layout_.name, layout_.split, {3, layout_.framing.height, layout_.framing.width}, {}};
    for (const FolderClass& c : layout_.classes) info_.class_names.push_back(c.name);
  }

  const DatasetInfo& info() const override { return info_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(items_.size()); }

  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    const Item& item = items_[static_cast<std::size_t>(index)];
    try {
      return {index, item.label, to_image(read(item))};
    } catch (const DataError& error) {
      throw UnreadableImage(index, item.label, error.what());
    }
  }

  std::string sha256() const override {
    const Framing& framing = layout_.framing;
    std::string list = fmt::format("image folder 1\nresize {} {} {}x{}\n", framing.resize,
                                   one_size_ ? "size" : "crop", framing.height, framing.width);
    for (const FolderClass& c : layout_.classes) list += fmt::format("class {}\n", c.folder);
    for (const Item& item : items_) {
      list += fmt::format("image {} {} {}\n", item.label, item.bytes, item.file);
    }
    return sha256_of(list);
  }

 private:
  RgbImage read(const Item& item) const {
    const fs::path file = layout_.root / item.file;
    const RgbImage image = read_image(file);
    const Framing& framing = layout_.framing;
    if (one_size_ && (image.height != framing.height || image.width != framing.width)) {
      throw DataError(fmt::format(
          "{}: {} x {} pixels, the first image has {} x {}; --resize and --crop bring all to one "
          "size",
          file.string(), image.height, image.width, framing.height, framing.width));
    }
    try {
      return frame(image, framing);
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: {}", file.string(), error.what()));
    }
  }

  /// Of the first that can be read.
  void take_size_of_first() {
    for (const Item& item : items_) {
      try {
        const RgbImage first = read_image(layout_.root / item.file);
        layout_.framing = {0, first.height, first.width};
        return;
      } catch (const DataError&) {
        continue;  // at() will say so
      }
    }
    throw DataError(
        fmt::format("{}: none of {} images can be read", layout_.root.string(), items_.size()));
  }

  ImageFolderLayout layout_;
  std::vector<Item> items_;
  DatasetInfo info_;
  bool one_size_ = false;
};

std::map<std::string, int> labels_by_folder(const ImageFolderLayout& layout) {
  std::map<std::string, int> labels;
  int label = 0;
  for (const FolderClass& c : layout.classes) labels[c.folder] = label++;
  return labels;
}

int label_of_folder(const std::map<std::string, int>& labels, const std::string& folder,
                    const ImageFolderLayout& layout) {
  const auto found = labels.find(folder);
  if (found != labels.end()) return found->second;
  throw DataError(
      fmt::format("{}: no class of {} ({} classes); --classes FILE names a folder a line, in the "
                  "order of the model's outputs",
                  (layout.root / folder).string(), layout.name, layout.classes.size()));
}

std::vector<std::string> class_folders(const fs::path& root) {
  std::vector<std::string> folders = folders_in(root);
  if (!folders.empty()) return folders;
  throw DataError(
      fmt::format("{}: no class folders; expected {}/CLASS/*.JPEG", root.string(), root.string()));
}

bool holds_an_image(const fs::path& folder) {
  std::error_code ignored;
  const fs::directory_iterator entries(folder, ignored);
  return std::any_of(begin(entries), end(entries), [](const fs::directory_entry& entry) {
    return is_image_name(entry.path().filename().string());
  });
}

fs::path root_of(const DatasetRequest& request) {
  if (request.dir.empty()) {
    throw InputError(
        "image-folder is read from files: give --data-dir DIR, or set CERTIFY_DATA, where DIR "
        "holds one folder a class");
  }
  if (is_train(request)) {
    const fs::path train = request.dir / "train";
    if (is_folder(train)) return train;
    throw DataError(
        fmt::format("{}: no such folder; expected one folder a class in it", train.string()));
  }
  for (const fs::path& place : image_folder_places(request.dir)) {
    if (is_folder(place) && (place != request.dir || !is_folder(place / "train"))) return place;
  }
  throw DataError(fmt::format("{}: neither a folder test nor val, nor one of class folders",
                              request.dir.string()));
}

}  // namespace

std::vector<fs::path> image_folder_places(const fs::path& dir) {
  if (dir.empty()) return {};
  return {dir / "test", dir / "val", dir};
}

fs::path find_image_folder(const fs::path& dir) {
  for (const fs::path& place : image_folder_places(dir)) {
    if (!is_folder(place)) continue;
    for (const std::string& name : folders_in(place)) {
      if (holds_an_image(place / name)) return place;
    }
  }
  return {};
}

std::unique_ptr<Dataset> open_image_folder(const DatasetRequest& request) {
  const fs::path root = root_of(request);
  return open_image_folder_at({request.name, request.split, root,
                               read_class_file(request.classes, root), framing_of(request, {})});
}

std::unique_ptr<Dataset> open_image_folder_at(ImageFolderLayout layout) {
  const std::vector<std::string> folders = class_folders(layout.root);
  if (layout.classes.empty()) {
    for (const std::string& folder : folders) layout.classes.push_back({folder, folder});
  }
  const auto labels = labels_by_folder(layout);
  std::vector<Item> items;
  for (const std::string& folder : folders) {
    const int label = label_of_folder(labels, folder, layout);
    const auto found = items_of_class(layout.root, folder, label);
    if (found.empty()) {
      throw DataError(
          fmt::format("{}: no image in this class folder", (layout.root / folder).string()));
    }
    items.insert(items.end(), found.begin(), found.end());
  }
  return std::make_unique<ImageFolder>(std::move(layout), std::move(items));
}

std::vector<FolderClass> read_class_file(const fs::path& file, const fs::path& root) {
  if (file.empty()) return {};
  std::vector<FolderClass> classes;
  std::set<std::string> seen;
  std::istringstream lines(read_file(file));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty()) continue;
    const std::size_t end = is_folder(root / line) ? line.size() : line.find_first_of(" \t");
    FolderClass c{line.substr(0, end), line};
    if (end < line.size()) c.name = line.substr(line.find_first_not_of(" \t", end));
    if (!seen.insert(c.folder).second) {
      throw DataError(
          fmt::format("{}:{}: class {} a second time", file.string(), number, c.folder));
    }
    classes.push_back(std::move(c));
  }
  if (classes.empty()) throw DataError(fmt::format("{}: no classes", file.string()));
  return classes;
}

Framing framing_of(const DatasetRequest& request, const Framing& usual) {
  Framing framing = usual;
  if (request.resize >= 0) framing.resize = request.resize;
  if (request.crop_height > 0) {
    framing.height = request.crop_height;
    framing.width = request.crop_width;
  } else if (framing.height == 0) {
    framing.height = framing.width = framing.resize;  // still 0 without --resize
  }
  return framing;
}

}  // namespace certify

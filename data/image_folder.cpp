#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "core/base/files.h"
#include "data/readers.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

/// torchvision's IMG_EXTENSIONS, in no order that matters: what a file is, its first bytes say.
constexpr std::array<std::string_view, 9> kExtensions{".jpg", ".jpeg", ".png",  ".ppm", ".bmp",
                                                      ".pgm", ".tif",  ".tiff", ".webp"};

/// Names of the folders in a folder, sorted by their bytes.
std::vector<std::string> folders_in(const fs::path& root) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : entries_in(root)) {
    if (is_folder(entry.path())) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

/// All images below a class folder, sorted by folder and then by name, as `sorted(os.walk(…))`
/// sorts.
std::vector<ImageFiles::Item> items_of_class(const fs::path& root, const std::string& folder,
                                             int label) {
  std::map<std::pair<std::string, std::string>, std::int64_t> found;
  for (const fs::directory_entry& entry : entries_in<fs::recursive_directory_iterator>(
           root / folder, fs::directory_options::follow_directory_symlink)) {
    const std::string name = entry.path().filename().string();
    std::error_code ignored;
    if (!is_image_name(name) || entry.is_directory(ignored)) continue;
    const fs::path inside = entry.path().parent_path().lexically_relative(root);
    found[{inside.string(), name}] = size_of(entry);
  }
  std::vector<ImageFiles::Item> items;
  for (const auto& [place, bytes] : found) {
    items.push_back({place.first + "/" + place.second, label, bytes});
  }
  return items;
}

constexpr const char* kBringToOneSize = "--resize and --crop bring all to one size";

bool has_size(const RgbImage& image, const Framing& all) {
  return image.height == all.height && image.width == all.width;
}

/// @param one_size  `framing` is the size that all images must have
RgbImage read_framed(const fs::path& file, const Framing& framing, bool one_size) {
  const RgbImage image = read_image(file);
  if (one_size && !has_size(image, framing)) {
    throw DataError("{}: {} x {} pixels, expected {} x {} as the first has; {}", file.string(),
                    image.height, image.width, framing.height, framing.width, kBringToOneSize);
  }
  try {
    return frame(image, framing);
  } catch (const DataError& error) {
    throw DataError("{}: {}", file.string(), error.what());
  }
}

std::optional<RgbImage> read_if_readable(const fs::path& file) {
  try {
    return read_image(file);
  } catch (const Error&) {
    return std::nullopt;  // at() will say so
  }
}

/// That of the first that can be read. A few others are looked at too: a folder where many differ
/// is refused now, and not by its first odd image, hours into a run.
Framing size_of_all(const fs::path& root, const std::vector<ImageFiles::Item>& items,
                    bool refuse_mixed) {
  constexpr std::size_t kLookedAt = 16, kOdd = 4;  // fewer odd ones may be left out one by one
  Framing size;
  const auto first = std::ranges::find_if(items, [&](const ImageFiles::Item& item) {
    const auto image = read_if_readable(root / item.name);
    if (image) size = {0, image->height, image->width};
    return image.has_value();
  });
  if (first == items.end()) {
    throw DataError("{}: none of {} images can be read", root.string(), items.size());
  }
  if (!refuse_mixed) return size;
  const std::size_t looked_at = std::min(kLookedAt, items.size());
  std::size_t odd = 0;
  for (std::size_t i = 1; i <= looked_at; ++i) {
    const auto image = read_if_readable(root / items[i * items.size() / looked_at - 1].name);
    odd += image && !has_size(*image, size);
  }
  if (odd >= kOdd) {
    throw DataError(
        "{}: {} of {} images that were looked at have another size than the first; {}, and "
        "--on-error skip leaves them out",
        root.string(), odd, looked_at, kBringToOneSize);
  }
  return size;
}

std::vector<std::string> class_folders(const fs::path& root) {
  std::vector<std::string> folders = folders_in(root);
  if (!folders.empty()) return folders;
  throw DataError("{}: no class folders; expected {}/CLASS/*.JPEG", root.string(), root.string());
}

fs::path root_of(const DatasetRequest& request) {
  if (request.split != "test") {
    const fs::path named = request.dir / request.split;
    if (is_folder(named)) return named;
    throw DataError("{}: no such folder; expected one folder a class in it", named.string());
  }
  if (!is_folder(request.dir)) {
    throw DataError("{}: no such folder{}", request.dir.string(),
                    request.dir.is_relative() ? ", seen from " + fs::current_path().string() : "");
  }
  const fs::path root = first_place(places_of(request), [&](const fs::path& place) {
    return is_folder(place) && (place != request.dir || !is_folder(place / "train"));
  });
  if (!root.empty()) return root;
  throw DataError("{}: neither a folder test nor val, nor one of class folders",
                  request.dir.string());
}

/// `request.classes`: one class a line in the order of labels, a folder's name, then, if wanted, a
/// blank or tab and what to call it. Blank lines count for nothing. Empty without such a file.
/// @throws DataError naming file and line for a folder that is listed twice; IoError.
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
      throw DataError("{}:{}: class {} a second time", file.string(), number, c.folder);
    }
    classes.push_back(std::move(c));
  }
  if (classes.empty()) throw DataError("{}: no classes", file.string());
  return classes;
}

/// The request's resize and crop over a data set's own.
Framing framing_of(const DatasetRequest& request, const Framing& usual) {
  Framing framing = usual;
  if (request.resize >= 0) framing.resize = request.resize;
  if (request.crop_height > 0) {
    framing.height = request.crop_height;
    framing.width = request.crop_width;
  } else if (framing.height == 0 || (usual.resize == 0 && request.resize > 0)) {
    framing.height = framing.width = framing.resize;  // still 0 without --resize
  }
  return framing;
}

/// What torchvision does that a user may not expect. Empty for nothing.
/// @param by_name  the folders' order gives the labels
std::string note_on(const std::vector<std::string>& folders, bool by_name,
                    const std::vector<ImageFiles::Item>& items) {
  std::vector<std::string> notes;
  for (const std::string& folder : folders) {
    if (!by_name || !folder.starts_with('.')) continue;
    notes.push_back(fmt::format(
        "the hidden folder {} is a class, as in torchvision, and the labels of those behind it are "
        "one larger; delete it, or name the classes by --classes",
        folder));
  }
  const auto beside = std::ranges::count_if(items, [](const ImageFiles::Item& item) {
    return fs::path(item.name).filename().string().starts_with("._");
  });
  if (beside > 0) {
    notes.push_back(fmt::format(
        "{} files begin with ._, as macOS leaves them beside the images; they are listed, as in "
        "torchvision, and shift the images behind them, but cannot be read; delete them",
        beside));
  }
  if (by_name && folders.size() == 1) {
    notes.push_back(fmt::format("there is one class folder only, {}", folders[0]));
  }
  return fmt::format("{}", fmt::join(notes, "; "));
}

}  // namespace

bool is_image_name(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(kExtensions,
                             [&](std::string_view extension) { return name.ends_with(extension); });
}

fs::path find_image_folder(const fs::path& place) {
  if (!is_folder(place)) return {};
  const std::vector<std::string> folders = folders_in(place);
  const auto found = std::ranges::find_if(folders, [&](const std::string& name) {
    std::error_code ignored;
    const fs::directory_iterator entries(place / name, ignored);
    return std::any_of(begin(entries), end(entries), [](const fs::directory_entry& entry) {
      return is_image_name(entry.path().filename().string());
    });
  });
  return found == folders.end() ? fs::path() : place / *found;
}

/// Split "test" is the first place that exists, "train" is dir/train, "val" is dir/val.
std::unique_ptr<Dataset> open_image_folder(const DatasetRequest& request) {
  return open_class_folders(request, root_of(request), {}, {});
}

std::vector<FolderClass> classes_of(const DatasetRequest& request, const fs::path& root,
                                    const std::vector<FolderClass>& usual) {
  std::vector<FolderClass> classes = read_class_file(request.classes, root);
  return classes.empty() ? usual : classes;
}

std::unique_ptr<Dataset> open_class_folders(const DatasetRequest& request, const fs::path& root,
                                            const std::vector<FolderClass>& usual_classes,
                                            const Framing& usual) {
  const std::vector<std::string> folders = class_folders(root);
  std::vector<FolderClass> classes = classes_of(request, root, usual_classes);
  const bool by_name = classes.empty();
  if (by_name) {
    for (const std::string& folder : folders) classes.push_back({folder, folder});
  }
  std::vector<ImageFiles::Item> items;
  for (const std::string& folder : folders) {
    const auto c = std::ranges::find(classes, folder, &FolderClass::folder);
    if (c == classes.end()) {
      throw DataError(
          "{}: no class of {} ({} classes); --classes FILE names a folder a line, in "
          "the order of the model's outputs",
          (root / folder).string(), request.name, classes.size());
    }
    const auto found = items_of_class(root, folder, static_cast<int>(c - classes.begin()));
    if (found.empty()) {
      throw DataError(
          "{}: no image in this class folder; remove it, as torchvision's ImageFolder "
          "refuses it, too",
          (root / folder).string());
    }
    items.insert(items.end(), found.begin(), found.end());
  }
  std::string note = note_on(folders, by_name, items);
  return images_of_classes(request, root, classes, std::move(items), usual, std::move(note));
}

std::unique_ptr<Dataset> images_of_classes(const DatasetRequest& request, const fs::path& root,
                                           const std::vector<FolderClass>& classes,
                                           std::vector<ImageFiles::Item> items,
                                           const Framing& usual, std::string note) {
  Framing framing = framing_of(request, usual);
  const bool typed = request.resize >= 0 || request.crop_height > 0;
  const bool one_size = framing.height == 0 || (!typed && usual.resize == 0);
  if (framing.height == 0) framing = size_of_all(root, items, request.refuse_mixed_sizes);
  std::string list = fmt::format("image folder 1\nresize {} {} {}x{}\n", framing.resize,
                                 one_size ? "size" : "crop", framing.height, framing.width);
  DatasetInfo info{request.name, request.split, {3, framing.height, framing.width}, {}};
  info.note = std::move(note);
  for (const FolderClass& c : classes) {
    list += fmt::format("class {}\n", c.folder);
    info.class_names.push_back(c.name);
  }
  return images_of(std::move(info), ImageFiles{root, "", std::move(items), std::move(list),
                                               [framing, one_size](const fs::path& file) {
                                                 return read_framed(file, framing, one_size);
                                               }});
}

}  // namespace certify

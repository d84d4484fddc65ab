/// KITTI's object detection benchmark (Geiger, Lenz, Urtasun 2012) as a data set of classified
/// images, as Tecot et al. use it: the class of an image is that of most objects in it.

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/base/files.h"
#include "data/readers.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

constexpr int kSide = 224;
constexpr std::size_t kFields = 15;  // type … rotation_y; results of detectors have a score behind

/// KITTI's types of objects, in the order of labels; DontCare is not one of them.
const std::vector<std::string> kClasses{"Car",     "Van",  "Truck", "Pedestrian", "Person_sitting",
                                        "Cyclist", "Tram", "Misc"};

/// The folder that holds image_2 and label_2.
fs::path folder_of(const DatasetRequest& request) {
  const bool train = request.split == "train";
  std::vector<fs::path> places = places_of(request);
  if (!train) {
    places.pop_back();  // a bare image_2 is taken for that with labels
    for (fs::path& place : places) place.replace_filename("testing");
  }
  const fs::path folder =
      first_place(places, [](const fs::path& place) { return !find_kitti(place).empty(); });
  if (!folder.empty() && is_folder(folder / "label_2")) return folder;
  if (!train) {
    throw DataError(
        "{}: no testing/label_2: KITTI publishes labels for its training images only; give --split "
        "train, with --start and --count for a part of them",
        request.dir.string());
  }
  throw DataError("{}: no such folder; expected image_2/*.png and label_2/*.txt in {}",
                  (folder.empty() ? places.front() / "image_2" : folder / "label_2").string(),
                  places.front().string());
}

/// Sorted by name.
std::vector<ImageFiles::Item> images_in(const fs::path& folder) {
  std::vector<ImageFiles::Item> items;
  for (const fs::directory_entry& entry : entries_in(folder)) {
    if (entry.path().extension() != ".png") continue;
    items.push_back({entry.path().stem().string(), 0, size_of(entry)});
  }
  std::ranges::sort(items, {}, &ImageFiles::Item::name);
  return items;
}

std::optional<int> label_in(const fs::path& file) {
  if (!is_file(file)) {
    throw DataError("{}: missing: its image has no label", file.string());
  }
  try {
    return majority_class(read_file(file));
  } catch (const DataError& error) {
    throw DataError("{}:{}", file.string(), error.what());
  }
}

}  // namespace

std::optional<int> majority_class(std::string_view label_file) {
  const std::size_t classes = kClasses.size();
  std::vector<int> seen, counts(classes);
  std::istringstream lines{std::string(label_file)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string type, word;
    if (!(words >> type)) continue;
    std::size_t fields = 1;
    while (words >> word) ++fields;
    const auto label = std::ranges::find(kClasses, type) - kClasses.begin();
    const bool known = static_cast<std::size_t>(label) < classes;
    if (!known && type != "DontCare") {
      throw DataError("{}: unknown type of object '{}'", number, type);
    }
    if (fields < kFields) {
      throw DataError("{}: {} fields, expected {}", number, fields, kFields);
    }
    if (!known) continue;
    seen.push_back(static_cast<int>(label));
    ++counts[static_cast<std::size_t>(label)];
  }
  const auto most = std::max_element(seen.begin(), seen.end(), [&](int a, int b) {
    return counts[static_cast<std::size_t>(a)] < counts[static_cast<std::size_t>(b)];
  });
  return most == seen.end() ? std::nullopt : std::optional(*most);
}

fs::path find_kitti(const fs::path& place) {
  return is_folder(place / "image_2") ? place / "image_2" : fs::path();
}

/// image_2/NAME.png with label_2/NAME.txt, sorted by name, each picture brought to 224 × 224 as
/// Pillow's Image.resize(…, BILINEAR) does; its sides are not kept in proportion. KITTI publishes
/// labels for its folder training only, which is split "train"; "test" is the folder testing, if
/// there are labels of it. Images without an object of a class have no label: they are left out,
/// and info().note says how many. All labels are read at once, images in at().
std::unique_ptr<Dataset> open_kitti(const DatasetRequest& request) {
  const fs::path folder = folder_of(request);
  const std::vector<ImageFiles::Item> all = images_in(folder / "image_2");
  std::vector<ImageFiles::Item> items;
  for (const ImageFiles::Item& item : all) {
    const auto label = label_in(folder / "label_2" / (item.name + ".txt"));
    if (label) items.push_back({item.name, *label, item.bytes});
  }
  if (items.empty()) {
    throw DataError("{}: none of {} images shows an object of a class",
                    (folder / "image_2").string(), all.size());
  }
  DatasetInfo info{"kitti", request.split, {3, kSide, kSide}, kClasses};
  if (items.size() < all.size()) {
    info.note = fmt::format("{} of {} images show no object of a class and are left out",
                            all.size() - items.size(), all.size());
  }
  return images_of(std::move(info), ImageFiles{folder / "image_2", ".png", std::move(items),
                                               fmt::format("kitti 1\nresize {0}x{0}\n", kSide),
                                               [](const fs::path& file) {
                                                 return resize(read_image(file), kSide, kSide);
                                               }});
}

}  // namespace certify

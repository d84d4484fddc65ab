#include "data/kitti.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "data/images/image_file.h"
#include "data/images/resample.h"
#include "data/reader.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

constexpr int kSide = 224;
constexpr std::size_t kFields = 15;  // type … rotation_y; results of detectors have a score behind

struct Item {
  std::string name;  ///< without extension
  int label = 0;
  std::int64_t bytes = 0;
};

class Kitti final : public Dataset {
 public:
  Kitti(DatasetInfo info, fs::path images, std::vector<Item> items)
      : info_(std::move(info)), images_(std::move(images)), items_(std::move(items)) {}

  const DatasetInfo& info() const override { return info_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(items_.size()); }

  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    const Item& item = items_[static_cast<std::size_t>(index)];
    try {
      const RgbImage image = read_image(images_ / (item.name + ".png"));
      return {index, item.label, to_image(resize(image, kSide, kSide))};
    } catch (const DataError& error) {
      throw UnreadableImage(index, item.label, error.what());
    }
  }

  std::string sha256() const override {
    std::string list = fmt::format("kitti 1\nresize {0}x{0}\n", kSide);
    for (const Item& item : items_) {
      list += fmt::format("image {} {} {}\n", item.label, item.bytes, item.name);
    }
    return sha256_of(list);
  }

 private:
  DatasetInfo info_;
  fs::path images_;
  std::vector<Item> items_;
};

int class_of(std::string_view type) {
  const auto& classes = kitti_classes();
  return static_cast<int>(std::find(classes.begin(), classes.end(), type) - classes.begin());
}

std::vector<fs::path> places_of(const fs::path& dir, const char* folder) {
  if (dir.empty()) return {};
  return {dir / folder, dir / "kitti" / folder, dir / "Kitti" / "raw" / folder, dir};
}

fs::path find_images(const std::vector<fs::path>& places) {
  const auto found = std::find_if(places.begin(), places.end(), [](const fs::path& place) {
    return is_folder(place / "image_2");
  });
  return found == places.end() ? fs::path() : *found;
}

/// The folder that holds image_2 and label_2.
fs::path folder_of(const DatasetRequest& request) {
  if (request.dir.empty()) {
    throw InputError("kitti is read from files: give --data-dir DIR or set CERTIFY_DATA");
  }
  const bool train = is_train(request);
  auto places = places_of(request.dir, train ? "training" : "testing");
  if (!train) places.pop_back();  // a bare image_2 is taken for that with labels
  const fs::path folder = find_images(places);
  if (!folder.empty() && is_folder(folder / "label_2")) return folder;
  if (!train) {
    throw DataError(fmt::format(
        "{}: no testing/label_2: KITTI publishes labels for its training images only; give --split "
        "train, with --start and --count for a part of them",
        request.dir.string()));
  }
  throw DataError(
      fmt::format("{}: no such folder; expected image_2/*.png and label_2/*.txt in {}",
                  (folder.empty() ? places.front() / "image_2" : folder / "label_2").string(),
                  places.front().string()));
}

/// Sorted by name.
std::vector<Item> images_in(const fs::path& folder) {
  std::vector<Item> items;
  try {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".png") continue;
      std::error_code ignored;  // at() will say what is wrong with it
      const auto bytes = static_cast<std::int64_t>(entry.file_size(ignored));
      items.push_back({entry.path().stem().string(), 0, bytes});
    }
  } catch (const fs::filesystem_error& error) {
    throw IoError(fmt::format("{}: cannot read: {}", folder.string(), error.code().message()));
  }
  std::sort(items.begin(), items.end(),
            [](const Item& a, const Item& b) { return a.name < b.name; });
  return items;
}

std::optional<int> label_in(const fs::path& file) {
  if (!is_file(file)) {
    throw DataError(fmt::format("{}: missing: its image has no label", file.string()));
  }
  try {
    return majority_class(read_file(file));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}:{}", file.string(), error.what()));
  }
}

}  // namespace

const std::vector<std::string>& kitti_classes() {
  static const std::vector<std::string> classes{
      "Car", "Van", "Truck", "Pedestrian", "Person_sitting", "Cyclist", "Tram", "Misc"};
  return classes;
}

std::optional<int> majority_class(std::string_view label_file) {
  const std::size_t classes = kitti_classes().size();
  std::vector<int> seen, counts(classes);
  std::istringstream lines{std::string(label_file)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string type, word;
    if (!(words >> type)) continue;
    std::size_t fields = 1;
    while (words >> word) ++fields;
    const int label = class_of(type);
    const bool known = static_cast<std::size_t>(label) < classes;
    if (!known && type != "DontCare") {
      throw DataError(fmt::format("{}: unknown type of object '{}'", number, type));
    }
    if (fields < kFields) {
      throw DataError(fmt::format("{}: {} fields, expected {}", number, fields, kFields));
    }
    if (!known) continue;
    seen.push_back(label);
    ++counts[static_cast<std::size_t>(label)];
  }
  const auto most = std::max_element(seen.begin(), seen.end(), [&](int a, int b) {
    return counts[static_cast<std::size_t>(a)] < counts[static_cast<std::size_t>(b)];
  });
  return most == seen.end() ? std::nullopt : std::optional(*most);
}

std::vector<fs::path> kitti_places(const fs::path& dir) { return places_of(dir, "training"); }

fs::path find_kitti(const fs::path& dir) { return find_images(kitti_places(dir)); }

std::unique_ptr<Dataset> open_kitti(const DatasetRequest& request) {
  const fs::path folder = folder_of(request);
  const std::vector<Item> all = images_in(folder / "image_2");
  std::vector<Item> items;
  for (Item item : all) {
    const auto label = label_in(folder / "label_2" / (item.name + ".txt"));
    if (!label) continue;
    item.label = *label;
    items.push_back(std::move(item));
  }
  if (items.empty()) {
    throw DataError(fmt::format("{}: none of {} images shows an object of a class",
                                (folder / "image_2").string(), all.size()));
  }
  DatasetInfo info{"kitti", request.split, {3, kSide, kSide}, kitti_classes()};
  if (items.size() < all.size()) {
    info.note = fmt::format("{} of {} images show no object of a class and are left out",
                            all.size() - items.size(), all.size());
  }
  return std::make_unique<Kitti>(std::move(info), folder / "image_2", std::move(items));
}

}  // namespace certify

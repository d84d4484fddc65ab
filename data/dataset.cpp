#include "data/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <ranges>
#include <system_error>

#include "core/base/files.h"
#include "core/base/parse.h"
#include "data/readers.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

/// Everything the program knows of a data set before opening it. A new one adds a row.
struct Entry {
  std::string name;
  std::string summary;
  std::unique_ptr<Dataset> (*open)(const DatasetRequest&);
  /// Searched in this order, below --data-dir; "" is that folder itself. None: embedded.
  std::vector<std::string> folders{};
  bool (*holds)(const fs::path& place) = nullptr;  ///< whether it is one of them
  enum class Kind { kOfOneForm, kImageFolder, kArrays } kind = Kind::kOfOneForm;
  std::string ask = "DIR or set CERTIFY_DATA";  ///< what --data-dir wants
};

// Folders named after a data set stand before `dir` itself where names of files do not tell it from
// another: MNIST/raw is what torchvision makes.
const std::vector<Entry> kEntries{
    {"shapes", "drawn by this program: 32 x 32 colour, 10 classes, 10,000 train and 1,000 test",
     &open_shapes},
    {"cifar10",
     "32 x 32 colour, 10 classes, 50,000 train and 10,000 test, binary version",
     &open_cifar10,
     {"", "cifar-10-batches-bin", "cifar10"},
     &is_cifar10},
    {"mnist",
     "28 x 28 grey, 10 digits, 60,000 train and 10,000 test, IDX, plain or gzip",
     &open_mnist,
     {"MNIST/raw", "mnist", ""},
     &is_mnist},
    {"fashion-mnist",
     "28 x 28 grey, 10 kinds of clothes, in files of MNIST's names and format",
     &open_fashion_mnist,
     {"FashionMNIST/raw", "fashion-mnist", ""},
     &is_mnist},
    {"imagenet",
     "ILSVRC 2012, val/WNID/*.JPEG: resized to 256, 224 x 224 from the middle, 1000 classes",
     &open_imagenet,
     {"val", "imagenet/val", ""},
     &is_imagenet,
     Entry::Kind::kImageFolder,
     "DIR, or set IMAGENET_DIR or CERTIFY_DATA, where DIR holds val/WNID/*.JPEG"},
    {"kitti",
     "training/image_2 and label_2: the class of most objects, brought to 224 x 224",
     &open_kitti,
     {"training", "kitti/training", "Kitti/raw/training", ""},
     &is_kitti},
    {"image-folder",
     "JPEG, PNG, BMP, TIFF, WebP, PGM, PPM files, one folder a class; --resize, --crop, --classes",
     &open_image_folder,
     {"test", "val", ""},
     &is_image_folder,
     Entry::Kind::kImageFolder,
     "DIR, or set CERTIFY_DATA, where DIR holds one folder a class"},
    {.name = "arrays",
     .summary = "any images and labels: --images FILE.npy --labels FILE.npy, or --images FILE.npz",
     .open = &open_arrays,
     .kind = Entry::Kind::kArrays}};

/// @throws InputError where there is none of this name.
const Entry& entry_of(std::string_view name) {
  const auto found = std::ranges::find(kEntries, name, &Entry::name);
  if (found != kEntries.end()) return *found;
  throw InputError("unknown data set '{}': one of {}", name,
                   fmt::join(kEntries | std::views::transform(&Entry::name), ", "));
}

class Subset final : public Dataset {
 public:
  Subset(std::shared_ptr<const Dataset> whole, std::vector<std::int64_t> indices)
      : Dataset(whole->info()), whole_(std::move(whole)), indices_(std::move(indices)) {
    if (indices_.empty()) throw InputError("a part of a data set without any image");
    for (const std::int64_t index : indices_) check_index(*whole_, index);
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  std::string sha256() const override { return whole_->sha256(); }
  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    return whole_->at(indices_[static_cast<std::size_t>(index)]);
  }

 private:
  std::shared_ptr<const Dataset> whole_;
  std::vector<std::int64_t> indices_;
};

class ImagesInMemory final : public Dataset {
 public:
  ImagesInMemory(DatasetInfo info, ImageBytes bytes)
      : Dataset(std::move(info)), bytes_(std::move(bytes)) {}
  std::int64_t size() const override { return bytes_.count; }
  std::string sha256() const override { return sha256_of(bytes_.content); }
  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    const auto find = [&](const ImageBytes::Places& places) {
      return reinterpret_cast<const unsigned char*>(bytes_.content.data()) + places.first +
             index * places.step;
    };
    return {index, *find(bytes_.labels), image_of_bytes(info().shape, find(bytes_.images))};
  }

 private:
  ImageBytes bytes_;
};

/// 3 × height × width, pixels byte/255.
Image to_image(const RgbImage& rgb) {
  const std::size_t pixels = rgb.bytes.size() / 3;
  std::vector<unsigned char> planes(rgb.bytes.size());
  for (std::size_t p = 0; p < pixels; ++p) {
    for (std::size_t c = 0; c < 3; ++c) planes[c * pixels + p] = rgb.bytes[p * 3 + c];
  }
  return image_of_bytes({3, rgb.height, rgb.width}, planes.data());
}

class ImagesInFiles final : public Dataset {
 public:
  ImagesInFiles(DatasetInfo info, ImageFiles files)
      : Dataset(std::move(info)), files_(std::move(files)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(files_.items.size()); }
  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    const ImageFiles::Item& item = files_.items[static_cast<std::size_t>(index)];
    try {
      return {index, item.label, to_image(files_.read(files_.root / (item.name + files_.ending)))};
    } catch (const DataError& error) {
      throw UnreadableImage(index, item.label, error.what());
    }
  }
  std::string sha256() const override {
    std::string list = files_.list;
    for (const ImageFiles::Item& item : files_.items) {
      list += fmt::format("image {} {} {}\n", item.label, item.bytes, item.name);
    }
    return sha256_of(list);
  }

 private:
  ImageFiles files_;
};

}  // namespace

fs::path data_folder(std::string_view dataset, const fs::path& typed) {
  if (!typed.empty()) return typed;
  const char* imagenet = std::getenv("IMAGENET_DIR");  // as all of the field's programs
  if (dataset == "imagenet" && imagenet != nullptr && *imagenet != '\0') return imagenet;
  const char* all = std::getenv("CERTIFY_DATA");
  return all != nullptr ? all : "";
}

void set_crop(DatasetRequest& request, const std::string& text) {
  const auto side = [&](std::string_view digits) {
    const auto value = parse_number<int>(digits);
    if (value && *value >= 1 && *value <= 65535) return *value;
    throw InputError("--crop {}: expected N or HEIGHTxWIDTH, such as 224", text);
  };
  const std::string_view all = text;
  const std::size_t x = all.find('x');
  request.crop_height = side(all.substr(0, x));
  request.crop_width = x == all.npos ? request.crop_height : side(all.substr(x + 1));
}

namespace {

void check_arrays(const DatasetRequest& request) {
  if (request.images.empty()) {
    throw InputError("arrays: give --images FILE.npy and --labels FILE.npy, or a FILE.npz of both");
  }
  if (request.resize >= 0 || request.crop_height > 0) {
    throw InputError("arrays have images of one size: no --resize or --crop");
  }
}

}  // namespace

void check_request(const DatasetRequest& request) {
  const Entry& entry = entry_of(request.name);
  if (request.split != "train" && request.split != "test") {
    throw InputError("{} has no split '{}': test or train", request.name, request.split);
  }
  // An option that would silently do nothing is a wrong experiment.
  if (entry.kind == Entry::Kind::kArrays) return check_arrays(request);
  if (!request.images.empty() || !request.labels.empty() || !request.layout.empty()) {
    throw InputError("--images, --labels and --layout are of --dataset arrays, not of {}",
                     entry.name);
  }
  if (entry.kind == Entry::Kind::kImageFolder) return;
  if (request.resize >= 0 || request.crop_height > 0 || !request.classes.empty()) {
    throw InputError(
        "{} has images of one size and classes of its own: no --resize, --crop or --classes",
        entry.name);
  }
}

std::unique_ptr<Dataset> open_dataset(const DatasetRequest& request) {
  check_request(request);
  const Entry& entry = entry_of(request.name);
  if (!entry.folders.empty() && request.dir.empty()) {
    throw InputError("{} is read from files: give --data-dir {}", entry.name, entry.ask);
  }
  return entry.open(request);
}

std::vector<std::string> classes_of_network(const DatasetInfo& data, const std::string& network,
                                            int outputs) {
  std::vector<std::string> names = data.class_names;
  const auto wanted = static_cast<std::size_t>(outputs);
  if (names.size() < wanted && !data.largest_label.empty()) {
    for (std::size_t k = names.size(); k < wanted; ++k) names.push_back(fmt::format("{}", k));
  }
  if (names.size() == wanted) return names;
  if (!data.largest_label.empty()) {
    throw DataError("{}, but {} answers with {} classes", data.largest_label, network, outputs);
  }
  throw DataError("{}: answers with {} classes, but {} has {}{}", network, outputs, data.name,
                  names.size(),
                  entry_of(data.name).kind == Entry::Kind::kOfOneForm
                      ? ""
                      : "; --classes FILE lists all that the model knows");
}

std::vector<DatasetListing> list_datasets(const fs::path& typed) {
  std::vector<DatasetListing> listings;
  for (const Entry& entry : kEntries) {
    DatasetListing listing{.name = entry.name, .summary = entry.summary, .found = true};
    listing.named_by_files = entry.kind == Entry::Kind::kArrays;
    if (!entry.folders.empty()) {
      listing.searched = places_of({.name = entry.name, .dir = data_folder(entry.name, typed)});
      listing.found_in = first_place(listing.searched, entry.holds);
      listing.found = !listing.found_in.empty();
    }
    listings.push_back(std::move(listing));
  }
  return listings;
}

std::vector<std::int64_t> slice_indices(const Slice& slice, std::int64_t dataset_size) {
  if (slice.start < 0 || slice.start >= dataset_size) {
    throw InputError("start {} is outside the split's {} images", slice.start, dataset_size);
  }
  if (slice.skip < 1) throw InputError("skip {} must be at least 1", slice.skip);
  if (slice.count != -1 && slice.count < 1) {
    throw InputError("count {} must be at least 1, or -1 for all", slice.count);
  }
  const std::int64_t available = (dataset_size - 1 - slice.start) / slice.skip + 1;
  const std::int64_t count = slice.count == -1 ? available : std::min(slice.count, available);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::int64_t k = 0;
  for (std::int64_t& index : indices) index = slice.start + slice.skip * k++;
  return indices;
}

std::vector<std::int64_t> indices_left(const std::vector<std::int64_t>& taken, std::int64_t size) {
  std::vector<std::int64_t> left;
  std::ranges::set_difference(std::views::iota(std::int64_t{0}, size), taken,
                              std::back_inserter(left));
  return left;
}

std::unique_ptr<Dataset> subset(std::shared_ptr<const Dataset> whole,
                                std::vector<std::int64_t> indices) {
  return std::make_unique<Subset>(std::move(whole), std::move(indices));
}

std::unique_ptr<Dataset> images_of(DatasetInfo info, ImageBytes bytes) {
  return std::make_unique<ImagesInMemory>(std::move(info), std::move(bytes));
}

std::unique_ptr<Dataset> images_of(DatasetInfo info, ImageFiles files) {
  return std::make_unique<ImagesInFiles>(std::move(info), std::move(files));
}

void check_index(const Dataset& dataset, std::int64_t index) {
  if (index >= 0 && index < dataset.size()) return;
  throw InputError("image {} is outside {} {}'s {} images", index, dataset.info().name,
                   dataset.info().split, dataset.size());
}

Image image_of_bytes(const ImageShape& shape, const unsigned char* bytes) {
  Image image{shape, std::vector<float>(static_cast<std::size_t>(shape.size()))};
  std::transform(bytes, bytes + shape.size(), image.pixels.begin(),
                 [](unsigned char byte) { return static_cast<float>(byte) / 255.0F; });
  return image;
}

std::vector<fs::path> places_of(const DatasetRequest& request) {
  std::vector<fs::path> places;
  if (request.dir.empty()) return places;
  for (const std::string& folder : entry_of(request.name).folders) {
    places.push_back(folder.empty() ? request.dir : request.dir / folder);
  }
  return places;
}

fs::path first_place(const std::vector<fs::path>& places,
                     const std::function<bool(const fs::path&)>& will_do) {
  const auto found = std::ranges::find_if(places, will_do);
  return found == places.end() ? fs::path() : *found;
}

std::string listed(const std::vector<fs::path>& places) {
  const auto text = [](const fs::path& place) { return place.string(); };
  return fmt::format("{}", fmt::join(places | std::views::transform(text), ", "));
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

std::int64_t size_of(const fs::directory_entry& entry) {
  std::error_code error;
  const std::uintmax_t bytes = entry.file_size(error);
  return error ? -1 : static_cast<std::int64_t>(bytes);
}

void check_label(unsigned label, std::size_t classes, const fs::path& file, std::int64_t record) {
  if (label < classes) return;
  throw DataError("{}: record {}: label {}, expected 0 to {}", file.string(), record, label,
                  classes - 1);
}

}  // namespace certify

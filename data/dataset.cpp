#include "data/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <ranges>
#include <string_view>
#include <system_error>

#include "core/base/files.h"
#include "core/base/nearest.h"
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
  std::string files{};                                ///< that are looked for there, in words
  fs::path (*find)(const fs::path& place) = nullptr;  ///< the first of them; empty for none
  enum class Kind { kOfOneForm, kImageFolder, kArrays } kind = Kind::kOfOneForm;
  std::string ask = "DIR or set CERTIFY_DATA";  ///< what --data-dir wants
  bool has_val = false;  ///< the split to test on may be called val, as its folder is
};

// Folders named after a data set stand before `dir` itself where names of files do not tell it from
// another: MNIST/raw is what torchvision makes.
const std::vector<Entry> kEntries{
    {"shapes", "drawn by this program: 32 x 32 colour, 10 classes, 10,000 train and 1,000 test",
     &open_shapes},
    {"cifar10",
     "32 x 32 colour, 10 classes, 50,000 train and 10,000 test",
     &open_cifar10,
     {"", "cifar-10-batches-bin", "cifar-10-batches-py", "cifar10"},
     "test_batch.bin or data_batch_1.bin, test_batch or data_batch_1 (pickled), "
     "cifar-10-binary.tar.gz, cifar-10-python.tar.gz",
     &find_cifar10},
    {"cifar100",
     "32 x 32 colour, 100 classes, or 20 with --labels coarse; 50,000 train and 10,000 test",
     &open_cifar100,
     {"", "cifar-100-binary", "cifar-100-python", "cifar100"},
     "test.bin or train.bin, test or train (pickled), cifar-100-binary.tar.gz, "
     "cifar-100-python.tar.gz",
     &find_cifar100},
    {"svhn",
     "32 x 32 colour, 10 digits, 73,257 train and 26,032 test, MATLAB 5",
     &open_svhn,
     {"", "svhn", "SVHN"},
     "test_32x32.mat or train_32x32.mat",
     &find_svhn},
    {"mnist",
     "28 x 28 grey, 10 digits, 60,000 train and 10,000 test, IDX, plain or gzip",
     &open_mnist,
     {"MNIST/raw", "mnist", ""},
     "t10k-images-idx3-ubyte or train-images-idx3-ubyte, plain or .gz",
     &find_mnist},
    {"fashion-mnist",
     "28 x 28 grey, 10 kinds of clothes, in files of MNIST's names and format",
     &open_fashion_mnist,
     {"FashionMNIST/raw", "fashion-mnist", ""},
     "t10k-images-idx3-ubyte or train-images-idx3-ubyte, plain or .gz",
     &find_mnist},
    {"imagenet",
     "ILSVRC 2012: resized to 256, 224 x 224 from the middle, 1000 classes",
     &open_imagenet,
     {"val", "imagenet/val", ""},
     "WNID/*.JPEG, or *.JPEG with --labels-file",
     &find_imagenet,
     Entry::Kind::kImageFolder,
     "DIR, or set IMAGENET_DIR or CERTIFY_DATA, where DIR holds val/WNID/*.JPEG",
     true},
    {"tinyimagenet",
     "64 x 64 colour, 200 classes, 100,000 train and 10,000 val, which is the split test: the "
     "folder test has no labels",
     &open_tinyimagenet,
     {"", "tiny-imagenet-200", "tinyimagenet"},
     "val/val_annotations.txt with val/images, val/WNID or train/WNID",
     &find_tinyimagenet,
     Entry::Kind::kImageFolder,
     "DIR or set CERTIFY_DATA",
     true},
    {"kitti",
     "training/image_2 and label_2: the class of most objects, brought to 224 x 224",
     &open_kitti,
     {"training", "kitti/training", "Kitti/raw/training", ""},
     "image_2",
     &find_kitti},
    {"image-folder",
     "JPEG, PNG, BMP, TIFF, WebP, PGM, PPM files, one folder a class; --resize, --crop, --classes",
     &open_image_folder,
     {"test", "val", ""},
     "a folder a class, with images",
     &find_image_folder,
     Entry::Kind::kImageFolder,
     "DIR, or set CERTIFY_DATA, where DIR holds one folder a class",
     true},
    {.name = "arrays",
     .summary = "any images and labels: --images FILE.npy --labels FILE.npy, or --images FILE.npz",
     .open = &open_arrays,
     .kind = Entry::Kind::kArrays}};

/// @throws InputError where there is none of this name.
const Entry& entry_of(std::string_view name) {
  const auto found = std::ranges::find(kEntries, name, &Entry::name);
  if (found != kEntries.end()) return *found;
  const auto names = kEntries | std::views::transform(&Entry::name);
  const std::string near = nearest(name, std::vector<std::string_view>(names.begin(), names.end()));
  throw InputError("unknown data set '{}'{}: one of {}", name,
                   near.empty() ? "" : fmt::format(" (did you mean {}?)", near),
                   fmt::join(names, ", "));
}

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
  if (!request.labels_file.empty()) {
    throw InputError("--labels-file is of --dataset imagenet; the labels of arrays are --labels");
  }
  if (request.resize >= 0 || request.crop_height > 0) {
    throw InputError("arrays have images of one size: no --resize or --crop");
  }
}

}  // namespace

void check_request(const DatasetRequest& request) {
  const Entry& entry = entry_of(request.name);
  if (request.split != "train" && request.split != "test" &&
      !(entry.has_val && request.split == "val")) {
    throw InputError("{} has no split '{}': {}", request.name, request.split,
                     entry.has_val ? "test, val or train" : "test or train");
  }
  // An option that would silently do nothing is a wrong experiment.
  if (entry.kind == Entry::Kind::kArrays) return check_arrays(request);
  if (!request.images.empty() || !request.layout.empty()) {
    throw InputError("--images and --layout are of --dataset arrays, not of {}", entry.name);
  }
  if (entry.name == "cifar100" && !request.labels.empty() && request.labels != "fine" &&
      request.labels != "coarse") {
    throw InputError("--labels {}: cifar100 has the labels fine and coarse",
                     request.labels.filename().string());
  }
  if (!request.labels.empty() && entry.name != "cifar100") {
    throw InputError("--labels is of --dataset arrays and cifar100, not of {}", entry.name);
  }
  if (!request.labels_file.empty() && entry.name != "imagenet") {
    throw InputError("--labels-file is of --dataset imagenet, not of {}", entry.name);
  }
  if (entry.kind == Entry::Kind::kImageFolder) return;
  if (request.resize >= 0 || request.crop_height > 0 || !request.classes.empty()) {
    throw InputError(
        "{} has images of one size and classes of its own: no --resize, --crop or --classes",
        entry.name);
  }
}

bool is_embedded(std::string_view dataset) {
  const auto found = std::ranges::find(kEntries, dataset, &Entry::name);
  return found != kEntries.end() && found->folders.empty() && found->kind != Entry::Kind::kArrays;
}

std::unique_ptr<Dataset> open_dataset(const DatasetRequest& request) {
  check_request(request);
  const Entry& entry = entry_of(request.name);
  if (!entry.folders.empty() && request.dir.empty()) {
    throw InputError("{} is read from files: give --data-dir {}", entry.name, entry.ask);
  }
  if (!entry.folders.empty() && is_file(request.dir)) {
    throw DataError("{}: a file, expected the folder that holds it", request.dir.string());
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
  throw DataError("{}: answers with {} classes, but {} has {}{}{}{}", network, outputs, data.name,
                  names.size(), names.size() == 1 ? fmt::format(", {}", names[0]) : "",
                  entry_of(data.name).kind == Entry::Kind::kOfOneForm || names.size() > wanted
                      ? ""
                      : fmt::format("; --classes FILE names all {}, a line each, in the order of "
                                    "the network's outputs",
                                    outputs),
                  data.note.empty() ? "" : "; " + data.note);
}

std::vector<DatasetListing> list_datasets(const fs::path& typed) {
  std::vector<DatasetListing> listings;
  for (const Entry& entry : kEntries) {
    DatasetListing listing{.name = entry.name, .summary = entry.summary, .found = true};
    listing.named_by_files = entry.kind == Entry::Kind::kArrays;
    if (!entry.folders.empty()) {
      listing.files = entry.files;
      listing.searched = places_of({.name = entry.name, .dir = data_folder(entry.name, typed)});
      listing.found = std::ranges::any_of(listing.searched, [&](const fs::path& place) {
        listing.found_first = entry.find(place);
        return !listing.found_first.empty();
      });
    }
    listings.push_back(std::move(listing));
  }
  return listings;
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

}  // namespace certify

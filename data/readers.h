#pragma once
/// The readers of data sets, one a .cpp, as the table of dataset.cpp has them, and what they share.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "data/images/rgb_image.h"

namespace certify {

// Of each: how it is opened, by a request that open_dataset() has checked, and the first of its
// files, of either split, that a folder holds; empty where it holds none.
std::unique_ptr<Dataset> open_arrays(const DatasetRequest& request);
std::unique_ptr<Dataset> open_shapes(const DatasetRequest& request);
std::unique_ptr<Dataset> open_cifar10(const DatasetRequest& request);
std::filesystem::path find_cifar10(const std::filesystem::path& place);
std::unique_ptr<Dataset> open_cifar100(const DatasetRequest& request);
std::filesystem::path find_cifar100(const std::filesystem::path& place);
std::unique_ptr<Dataset> open_svhn(const DatasetRequest& request);
std::filesystem::path find_svhn(const std::filesystem::path& place);
std::unique_ptr<Dataset> open_mnist(const DatasetRequest& request);
std::unique_ptr<Dataset> open_fashion_mnist(const DatasetRequest& request);
std::filesystem::path find_mnist(const std::filesystem::path& place);
std::unique_ptr<Dataset> open_imagenet(const DatasetRequest& request);
std::filesystem::path find_imagenet(const std::filesystem::path& place);
std::unique_ptr<Dataset> open_tinyimagenet(const DatasetRequest& request);
std::filesystem::path find_tinyimagenet(const std::filesystem::path& place);
std::unique_ptr<Dataset> open_kitti(const DatasetRequest& request);
std::filesystem::path find_kitti(const std::filesystem::path& place);
std::unique_ptr<Dataset> open_image_folder(const DatasetRequest& request);
std::filesystem::path find_image_folder(const std::filesystem::path& place);

/// Where the request's data set is looked for, in this order: the folders of its row below `dir`.
std::vector<std::filesystem::path> places_of(const DatasetRequest& request);
/// The first of them that will do; empty if none does.
std::filesystem::path first_place(const std::vector<std::filesystem::path>& places,
                                  const std::function<bool(const std::filesystem::path&)>& will_do);
std::string listed(const std::vector<std::filesystem::path>& places);

/// What cannot be looked at is neither.
bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// @throws DataError naming file and record for a label >= classes.
void check_label(unsigned label, std::size_t classes, const std::filesystem::path& file,
                 std::int64_t record);

/// Images in memory, a byte an element (CHW), with labels of a byte.
struct ImageBytes {
  std::string content;  ///< what sha256() is of
  std::int64_t count;
  struct Places {
    std::int64_t first, step;  ///< places in `content`
  } labels, images;
};
std::unique_ptr<Dataset> images_of(DatasetInfo info, ImageBytes bytes);
/// `shape.size()` bytes in CHW order as pixels byte/255.
Image image_of_bytes(const ImageShape& shape, const unsigned char* bytes);

/// Images in files that are decoded in at(), which throws UnreadableImage for one that cannot be.
struct ImageFiles {
  struct Item {
    std::string name;  ///< relative to the root, without `ending`
    int label = 0;
    std::int64_t bytes = 0;  ///< -1 where the system does not say
    /// Where it lies, relative to the root, if that is not what its name says: the name, which
    /// sha256() is over, must not depend on how the files are laid out.
    std::string path{};
  };
  std::filesystem::path root;
  std::string ending;  ///< of all files
  std::vector<Item> items;
  /// How sha256() begins; behind it are the items. It is over the list that docs/files.md
  /// describes, not over the pixels: opening ImageNet must not read 6 GB.
  std::string list;
  std::function<RgbImage(const std::filesystem::path& file)> read;  ///< @throws DataError
};
std::unique_ptr<Dataset> images_of(DatasetInfo info, ImageFiles files);

std::int64_t size_of(const std::filesystem::directory_entry& entry);  ///< as Item::bytes

/// All that is in a folder, in no order. @throws IoError naming it.
template <class Iterator = std::filesystem::directory_iterator>
std::vector<std::filesystem::directory_entry> entries_in(
    const std::filesystem::path& folder, std::filesystem::directory_options options = {}) {
  try {
    return std::vector<std::filesystem::directory_entry>(Iterator(folder, options), Iterator());
  } catch (const std::filesystem::filesystem_error& error) {
    throw IoError(error.path1().string() + ": cannot read: " + error.code().message());
  }
}

/// The folder of a class, and what people call it.
struct FolderClass {
  std::string folder;
  std::string name;
};

/// The classes of ILSVRC 2012 by label, which is also the order of their folders' names.
/// Source: the challenge's list of synsets, as timm ships it (Apache-2.0); names from WordNet.
const std::vector<FolderClass>& imagenet_classes();

/// As torchvision's ImageFolder lists them: by the endings of nine formats, whether these are read
/// or not, so that all others keep their place.
bool is_image_name(std::string name);

/// A folder of image folders, one a class, read as torchvision's ImageFolder reads them: the same
/// images in the same order with the same labels and pixels.
/// @param usual_classes  by label, unless the request names others; empty: the folders that are
/// there, by name   @param usual  framing, unless the request has one; resize 0: all images have
/// its size, or with height 0 that of the first
/// @throws DataError for a folder without class folders, a class folder without images or one that
/// no class has, and naming file and line for a class that the request's file lists twice; IoError.
std::unique_ptr<Dataset> open_class_folders(const DatasetRequest& request,
                                            const std::filesystem::path& root,
                                            const std::vector<FolderClass>& usual_classes,
                                            const Framing& usual);

/// Images of classes, in the order given. @param note  as DatasetInfo's
std::unique_ptr<Dataset> images_of_classes(const DatasetRequest& request,
                                           const std::filesystem::path& root,
                                           const std::vector<FolderClass>& classes,
                                           std::vector<ImageFiles::Item> items,
                                           const Framing& usual, std::string note = "");

/// The request's classes, by its file, or the usual ones. @throws as open_class_folders().
std::vector<FolderClass> classes_of(const DatasetRequest& request,
                                    const std::filesystem::path& root,
                                    const std::vector<FolderClass>& usual);

/// The class of most objects in a file of KITTI's label_2, DontCare not counted; of equally many,
/// that of the object that comes first, as in the code of Tecot et al. Nothing where no object has
/// a class.
/// @throws DataError (without the file's name) naming the line: a type that KITTI does not have, or
/// fewer fields than the 15 of an object.
std::optional<int> majority_class(std::string_view label_file);

}  // namespace certify

#pragma once
/// Data sets that are folders of JPEG and PNG files, one folder a class, read as torchvision's
/// ImageFolder reads them: the same images in the same order with the same labels and pixels.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "data/images/resample.h"

namespace certify {

/// The folder of a class, and what people call it.
struct FolderClass {
  std::string folder;
  std::string name;
  bool operator==(const FolderClass&) const = default;
};

/// Where `dir` is searched: dir/test, dir/val, dir itself.
std::vector<std::filesystem::path> image_folder_places(const std::filesystem::path& dir);

/// The first of the places that holds a folder with an image in it; empty if none does.
std::filesystem::path find_image_folder(const std::filesystem::path& dir);

/// Any data set of that form. Split "test" is the first place that exists, "train" is dir/train.
/// Without `resize` and `crop` all images must have the size of the first. Images are decoded in
/// at(), which throws UnreadableImage for one that cannot be, or has another size.
/// @throws InputError for another split or no folder name; DataError for a folder without class
/// folders, a class folder without images or one that `request.classes` does not list.
std::unique_ptr<Dataset> open_image_folder(const DatasetRequest& request);

/// What the readers of particular data sets have in common.
struct ImageFolderLayout {
  std::string name, split;
  std::filesystem::path root;        ///< holds the class folders
  std::vector<FolderClass> classes;  ///< by label; empty: the folders that are there, by name
  Framing framing;                   ///< height 0: all images have the size of the first
};
/// sha256() is over the list that docs/files.md describes, not over the pixels: opening ImageNet
/// must not read 6 GB. @throws as open_image_folder().
std::unique_ptr<Dataset> open_image_folder_at(ImageFolderLayout layout);

/// `request.classes`: one class a line in the order of labels, a folder's name, then, if wanted, a
/// blank or tab and what to call it. Blank lines count for nothing. Empty without such a file.
/// @throws DataError naming file and line for a folder that is listed twice; IoError.
std::vector<FolderClass> read_class_file(const std::filesystem::path& file,
                                         const std::filesystem::path& root);

/// The request's resize and crop over a data set's own.
Framing framing_of(const DatasetRequest& request, const Framing& usual);

}  // namespace certify

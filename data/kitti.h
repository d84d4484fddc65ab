#pragma once
/// KITTI's object detection benchmark (Geiger, Lenz, Urtasun 2012) as a data set of classified
/// images, as Tecot et al. use it: the class of an image is that of most objects in it.

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace certify {

/// Where `dir` is searched for image_2 of the images with labels: the folder "training" of the
/// official archives, below `dir`, below a folder named after the data set, or `dir` itself.
std::vector<std::filesystem::path> kitti_places(const std::filesystem::path& dir);

/// The first of the places that holds a folder image_2; empty if none does.
std::filesystem::path find_kitti(const std::filesystem::path& dir);

/// KITTI's types of objects, in the order of labels; DontCare is not one of them.
const std::vector<std::string>& kitti_classes();

/// The class of most objects in a file of label_2, DontCare not counted; of equally many, that of
/// the object that comes first, as in the code of Tecot et al. Nothing where no object has a class.
/// @throws DataError (without the file's name) naming the line: a type that KITTI does not have, or
/// fewer fields than the 15 of an object.
std::optional<int> majority_class(std::string_view label_file);

/// image_2/NAME.png with label_2/NAME.txt, sorted by name, each picture brought to 224 × 224 as
/// Pillow's Image.resize(…, BILINEAR) does; its sides are not kept in proportion. KITTI publishes
/// labels for its folder training only, which is split "train"; "test" is the folder testing, for
/// whoever has labels of it. Images without an object of a class have no label: they are left out,
/// and info().note says how many. All labels are read at once, images in at().
/// @throws InputError for another split or an empty folder name; DataError naming the file for
/// missing or damaged labels, and where no image is left; IoError.
std::unique_ptr<Dataset> open_kitti(const DatasetRequest& request);

}  // namespace certify

#pragma once
/// ILSVRC 2012, "ImageNet": folders of JPEG files, one folder a class.

#include <filesystem>
#include <memory>
#include <vector>

#include "data/dataset.h"

namespace certify {

/// Where `dir` is searched for the validation images: dir/val, dir/imagenet/val, dir itself.
std::vector<std::filesystem::path> imagenet_places(const std::filesystem::path& dir);

/// The first of the places that holds a folder of one of the 1000 classes; empty if none does.
std::filesystem::path find_imagenet(const std::filesystem::path& dir);

/// Split "test" is val/, "train" is train/. Images as torchvision's Resize(256), CenterCrop(224)
/// give them unless the request says otherwise. There are 1000 classes even where only some have a
/// folder; `request.classes` puts them in another order, or names others.
/// @throws as open_image_folder(), and DataError for a class folder that is not ImageNet's.
std::unique_ptr<Dataset> open_imagenet(const DatasetRequest& request);

}  // namespace certify

#pragma once
/// Files that tell the labels of ImageNet's validation images, where these lie in one folder.

#include <filesystem>
#include <map>
#include <string>

namespace certify {

/// Label by name of the image's file without its ending: "ILSVRC2012_val_00000001".
using LabelsByImage = std::map<std::string, int, std::less<>>;

/// Reads each form that is handed around, told apart by its first line:
/// - a number a line: the devkit's ILSVRC2012_validation_ground_truth.txt. Line k is of image k,
/// and
///   classes are counted from 1 in the devkit's own order, not in that of WordNet's identifiers;
/// - a WordNet identifier a line: line k is of image k;
/// - "ImageId,PredictionString" and lines "NAME,WNID …": Kaggle's LOC_val_solution.csv;
/// - "NAME LABEL": a label from 0 in the order of the networks' outputs (Caffe's val.txt), or a
///   WordNet identifier. Folders before the name, and the ending, say nothing.
/// The first two have a line for each of the 50,000 images.
/// @throws DataError naming file and line for what is none of these, a label that ImageNet does
/// not have, and an image that is there twice; IoError.
LabelsByImage read_imagenet_labels(const std::filesystem::path& file);

}  // namespace certify

#pragma once
/// MNIST (LeCun, Cortes, Burges) and Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): grey images of
/// 28 × 28, ten classes, in files of one name and format (data/idx/idx_file.h).

#include <filesystem>
#include <memory>
#include <vector>

#include "data/dataset.h"

namespace certify {

/// Where `dir` is searched: the folders named after the data set, as torchvision (MNIST/raw) and
/// people name them, then `dir` itself. The names of the files do not tell the two data sets apart,
/// so a folder that does comes first. Empty for an empty `dir`.
std::vector<std::filesystem::path> mnist_places(const std::filesystem::path& dir);
std::vector<std::filesystem::path> fashion_mnist_places(const std::filesystem::path& dir);

/// The first of the places that holds images of either split; empty if none does.
std::filesystem::path find_mnist(const std::filesystem::path& dir);
std::filesystem::path find_fashion_mnist(const std::filesystem::path& dir);

/// Split "train" is train-images-idx3-ubyte and train-labels-idx1-ubyte, "test" is t10k-…, each
/// plain or with .gz behind its name. Read whole, all labels checked; as many images as the header
/// says. sha256() is over images and labels, one after the other, both unpacked: the same however
/// they are stored.
/// @throws InputError for another split or an empty folder name; DataError naming the file and what
/// is wrong with it; IoError.
std::unique_ptr<Dataset> open_mnist(const DatasetRequest& request);
std::unique_ptr<Dataset> open_fashion_mnist(const DatasetRequest& request);

}  // namespace certify

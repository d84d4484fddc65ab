/// Images and labels in arrays, as NumPy saves them: two .npy files, or one .npz.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "core/base/files.h"
#include "core/base/sha256.h"
#include "data/arrays/image_array.h"
#include "data/readers.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

/// Images and labels under one pair of names, as people call them in a .npz of this split.
std::vector<std::array<std::string, 2>> usual_names(const std::string& split) {
  return {{"x_" + split, "y_" + split},
          {split + "_images", split + "_labels"},
          {"images", "labels"},
          {"x", "y"}};
}

struct Pair {
  StoredArray images, labels;
};

Pair by_name(const ArrayFile& images, const DatasetRequest& request) {
  if (!request.labels.empty()) {
    throw InputError("--labels {}: {} holds the labels, too", request.labels.string(),
                     request.images.string());
  }
  const std::vector<std::string> there = images.names();
  const auto has = [&](const std::string& name) { return std::ranges::binary_search(there, name); };
  const auto usual = usual_names(request.split);
  for (const auto& [x, y] : usual) {
    if (has(x) && has(y)) return {images.array(x), images.array(y)};
  }
  std::vector<std::string> expected;
  for (const auto& [x, y] : usual) expected.push_back(fmt::format("{} and {}", x, y));
  throw DataError("{}: has {}; expected {}", request.images.string(),
                  there.empty() ? "no arrays" : fmt::format("{}", fmt::join(there, ", ")),
                  fmt::join(expected, ", or "));
}

Pair open_pair(const DatasetRequest& request) {
  const ArrayFile images(request.images);
  if (images.has_names()) return by_name(images, request);
  if (request.labels.empty()) {
    throw InputError("{}: one array; its labels are missing: give --labels FILE.npy",
                     request.images.string());
  }
  const ArrayFile labels(request.labels);
  if (!labels.has_names()) return {images.array(), labels.array()};
  throw DataError("{}: has arrays by name, expected one of labels: a .npy",
                  request.labels.string());
}

/// One name a line, in the order of the model's outputs; blank lines count for nothing.
std::vector<std::string> names_in(const fs::path& file) {
  std::vector<std::string> names;
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (!line.empty()) names.push_back(std::move(line));
  }
  if (names.empty()) throw DataError("{}: no classes", file.string());
  return names;
}

/// Adds the classes: those of the file, or as many as the labels need.
void name_classes(const fs::path& file, const StoredArray& labels,
                  const std::vector<std::int64_t>& values, DatasetInfo& info) {
  const auto largest = std::ranges::max_element(values);
  const std::string place =
      fmt::format("{}: label {} is {}", labels.place, largest - values.begin(), *largest);
  if (file.empty()) {
    for (std::int64_t k = 0; k <= *largest; ++k) info.class_names.push_back(fmt::format("{}", k));
    info.largest_label = place;
    return;
  }
  info.class_names = names_in(file);
  if (*largest >= std::ssize(info.class_names)) {
    throw DataError("{}, but {} names {} classes", place, file.string(), info.class_names.size());
  }
}

class Arrays final : public Dataset {
 public:
  Arrays(DatasetInfo info, ImageArray images, std::vector<std::int64_t> labels, std::string sha256)
      : Dataset(std::move(info)),
        images_(std::move(images)),
        labels_(std::move(labels)),
        sha256_(std::move(sha256)) {}
  std::int64_t size() const override { return images_.count(); }
  std::string sha256() const override { return sha256_; }
  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    return {index, static_cast<int>(labels_[static_cast<std::size_t>(index)]),
            images_.image(index)};
  }

 private:
  ImageArray images_;
  std::vector<std::int64_t> labels_;
  std::string sha256_;
};

std::string note_of(const ImageArray& images) {
  if (!images.eight_bits() || images.largest_byte() > 1) return "";
  return "no pixel is larger than 1/255, so all are nearly black; are bytes 0 and 1 meant as 0 and "
         "255?";
}

}  // namespace

/// Images stay in their file, and are read in at(); opening looks at each of them once. sha256() is
/// over images, as ImageArray adds them, their number and shape, and labels as int64.
std::unique_ptr<Dataset> open_arrays(const DatasetRequest& request) {
  Pair pair = open_pair(request);
  std::vector<std::int64_t> labels = read_labels(pair.labels);
  if (std::ssize(labels) != pair.images.view.shape[0]) {
    throw DataError("{}: {} labels, but {} has {} images", pair.labels.place, labels.size(),
                    pair.images.place, pair.images.view.shape[0]);
  }
  DatasetInfo info{request.name, request.split, {}, {}};
  name_classes(request.classes, pair.labels, labels, info);
  Sha256 hash;
  ImageArray images(std::move(pair.images), request.layout, hash);
  info.shape = images.shape();
  info.eight_bits = images.eight_bits();
  info.note = note_of(images);
  hash.add(fmt::format("arrays 1: {} x {} x {} x {}\n", images.count(), info.shape.channels,
                       info.shape.height, info.shape.width));
  hash.add({reinterpret_cast<const char*>(labels.data()), labels.size() * sizeof labels[0]});
  return std::make_unique<Arrays>(std::move(info), std::move(images), std::move(labels),
                                  hash.hex());
}

}  // namespace certify

/// What data sets are made of: images in memory, images in files, and parts of a whole.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <system_error>

#include "core/base/files.h"
#include "data/readers.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

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

/// sha256() is over names, labels and sizes. Reading ImageNet's 6 GB on every start and resume
/// would cost minutes, to guard against files that were replaced by others of equal length.
class ImagesInFiles final : public Dataset {
 public:
  ImagesInFiles(DatasetInfo info, ImageFiles files)
      : Dataset(std::move(info)), files_(std::move(files)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(files_.items.size()); }
  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    const ImageFiles::Item& item = files_.items[static_cast<std::size_t>(index)];
    try {
      const std::string path = item.path.empty() ? item.name + files_.ending : item.path;
      return {index, item.label, to_image(files_.read(files_.root / path))};
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

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/files.h"
#include "data/dataset.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kFileRecords = 10'000;

char byte_of(float pixel) {
  return static_cast<char>(static_cast<unsigned char>(std::lround(pixel * 255.0F)));
}

std::string records_of(const Dataset& dataset, std::int64_t begin, std::int64_t end) {
  std::string records;
  records.reserve(static_cast<std::size_t>((end - begin) * (1 + dataset.info().shape.size())));
  for (std::int64_t i = begin; i < end; ++i) {
    const LabeledImage item = dataset.at(i);
    records += static_cast<char>(static_cast<unsigned char>(item.label));
    std::transform(item.image.pixels.begin(), item.image.pixels.end(), std::back_inserter(records),
                   byte_of);
  }
  return records;
}

}  // namespace

std::vector<fs::path> write_cifar10_batches(const Dataset& dataset, const fs::path& folder) {
  const DatasetInfo& info = dataset.info();
  if (info.shape != ImageShape{3, 32, 32} || info.class_names.size() > 256) {
    throw InputError(
        "{} cannot be written in CIFAR-10's format: it holds 3 x 32 x 32 images of at "
        "most 256 classes",
        info.name);
  }
  create_folder(folder);
  std::vector<fs::path> files;
  for (std::int64_t begin = 0; begin < dataset.size(); begin += kFileRecords) {
    const std::int64_t end = std::min(begin + kFileRecords, dataset.size());
    const std::int64_t number = begin / kFileRecords + 1;
    files.push_back(folder / (info.split != "train" && number == 1
                                  ? "test_batch.bin"
                                  : fmt::format("data_batch_{}.bin", number)));
    replace_file(files.back(), records_of(dataset, begin, end));
  }
  replace_file(folder / "batches.meta.txt", fmt::format("{}\n", fmt::join(info.class_names, "\n")));
  return files;
}

}  // namespace certify

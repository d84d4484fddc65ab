#include "data/cifar10.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "data/reader.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

constexpr ImageShape kShape{3, 32, 32};
constexpr int kTrainFiles = 5;

std::vector<std::string> class_names() {
  return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}

std::string batch_name(std::int64_t k) { return fmt::format("data_batch_{}.bin", k); }

std::vector<std::string> file_names(bool train) {
  if (!train) return {"test_batch.bin"};
  std::vector<std::string> names;
  for (int k = 1; k <= kTrainFiles; ++k) names.push_back(batch_name(k));
  return names;
}

bool holds_any(const fs::path& folder, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return is_file(folder / name); });
}

fs::path folder_of(const DatasetRequest& request, const std::vector<std::string>& names) {
  if (request.dir.empty()) {
    throw InputError("cifar10 is read from files: give --data-dir DIR or set CERTIFY_DATA");
  }
  std::string searched;
  for (const fs::path& place : cifar10_places(request.dir)) {
    if (holds_any(place, names)) return place;
    searched += fmt::format("{}{}", searched.empty() ? "" : ", ", place.string());
  }
  throw DataError(fmt::format("{} not found, expected {} bytes; looked in {}", names.front(),
                              kCifar10RecordBytes * kCifar10FileRecords, searched));
}

/// @throws DataError unless the file has exactly `expected` bytes.
std::string read_exactly(const fs::path& path, std::int64_t expected) {
  if (!is_file(path)) {
    throw DataError(fmt::format("{}: missing, expected {} bytes", path.string(), expected));
  }
  const auto check = [&](std::uintmax_t found) {
    if (found == static_cast<std::uintmax_t>(expected)) return;
    throw DataError(fmt::format("{}: {} bytes, expected {}", path.string(), found, expected));
  };
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw IoError(fmt::format("{}: cannot read: {}", path.string(), error.message()));
  check(size);  // before reading: it may be some other, huge file
  std::string content = read_file(path);
  check(content.size());
  return content;
}

class Cifar10 final : public Dataset {
 public:
  Cifar10(DatasetInfo info, std::string records)
      : info_(std::move(info)), records_(std::move(records)) {}

  const DatasetInfo& info() const override { return info_; }
  std::int64_t size() const override {
    return static_cast<std::int64_t>(records_.size()) / kCifar10RecordBytes;
  }
  std::string sha256() const override { return sha256_of(records_); }

  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    const auto* record =
        reinterpret_cast<const unsigned char*>(records_.data()) + index * kCifar10RecordBytes;
    return {index, record[0], image_of_bytes(kShape, record + 1)};
  }

 private:
  DatasetInfo info_;
  std::string records_;  // of all files, one after the other
};

char byte_of(float pixel) {
  return static_cast<char>(static_cast<unsigned char>(std::lround(pixel * 255.0F)));
}

std::string records_of(const Dataset& dataset, std::int64_t begin, std::int64_t end) {
  std::string records;
  records.reserve(static_cast<std::size_t>((end - begin) * kCifar10RecordBytes));
  for (std::int64_t i = begin; i < end; ++i) {
    const LabeledImage item = dataset.at(i);
    records += static_cast<char>(static_cast<unsigned char>(item.label));
    std::transform(item.image.pixels.begin(), item.image.pixels.end(), std::back_inserter(records),
                   byte_of);
  }
  return records;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw IoError(fmt::format("{}: cannot create: {}", folder.string(), error.message()));
}

}  // namespace

std::vector<fs::path> cifar10_places(const fs::path& dir) {
  if (dir.empty()) return {};
  return {dir, dir / "cifar-10-batches-bin", dir / "cifar10"};
}

fs::path find_cifar10(const fs::path& dir) {
  for (const fs::path& place : cifar10_places(dir)) {
    if (holds_any(place, file_names(false)) || holds_any(place, file_names(true))) return place;
  }
  return {};
}

std::unique_ptr<Dataset> open_cifar10(const DatasetRequest& request) {
  const std::vector<std::string> names = file_names(is_train(request));
  const fs::path folder = folder_of(request, names);
  std::vector<fs::path> files;
  for (const std::string& name : names) files.push_back(folder / name);
  return open_cifar10_files({"cifar10", request.split, kShape, class_names()}, files,
                            kCifar10FileRecords);
}

std::unique_ptr<Dataset> open_cifar10_files(DatasetInfo info, const std::vector<fs::path>& files,
                                            std::int64_t records) {
  if (info.shape != kShape) throw InputError("CIFAR-10's format holds 3 x 32 x 32 images only");
  const std::int64_t expected = records * kCifar10RecordBytes;
  std::string all;
  all.reserve(files.size() * static_cast<std::size_t>(expected));
  for (const fs::path& file : files) {
    const std::string content = read_exactly(file, expected);
    for (std::int64_t i = 0; i < records; ++i) {
      const char label = content[static_cast<std::size_t>(i * kCifar10RecordBytes)];
      check_label(static_cast<unsigned char>(label), info.class_names.size(), file, i);
    }
    all += content;
  }
  return std::make_unique<Cifar10>(std::move(info), std::move(all));
}

std::vector<fs::path> write_cifar10_batches(const Dataset& dataset, const fs::path& folder) {
  const DatasetInfo& info = dataset.info();
  if (info.shape != kShape || info.class_names.size() > 256) {
    throw InputError(
        fmt::format("{} cannot be written in CIFAR-10's format: it holds 3 x 32 x 32 images of at "
                    "most 256 classes",
                    info.name));
  }
  make_folder(folder);
  std::vector<fs::path> files;
  for (std::int64_t begin = 0; begin < dataset.size(); begin += kCifar10FileRecords) {
    const std::int64_t end = std::min(begin + kCifar10FileRecords, dataset.size());
    const std::int64_t number = begin / kCifar10FileRecords + 1;
    files.push_back(folder /
                    (info.split == "test" && number == 1 ? "test_batch.bin" : batch_name(number)));
    replace_file(files.back(), records_of(dataset, begin, end));
  }
  replace_file(folder / "batches.meta.txt", fmt::format("{}\n", fmt::join(info.class_names, "\n")));
  return files;
}

}  // namespace certify

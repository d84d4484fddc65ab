/// CIFAR-10's original binary format: records of one label byte and 3 × 32 × 32 pixel bytes (CHW,
/// red first), 10,000 records a file, no header. Read whole: 30 MB (test) or 150 MB (train) in
/// memory cost less than a certify run that dies of SIGBUS because somebody replaced a mapped file.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

#include "core/base/files.h"
#include "data/readers.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

constexpr ImageShape kShape{3, 32, 32};
constexpr std::int64_t kRecordBytes = 1 + 3 * 32 * 32;
constexpr std::int64_t kFileRecords = 10'000;
constexpr std::int64_t kFileBytes = kFileRecords * kRecordBytes;
constexpr int kTrainFiles = 5;

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

/// @throws DataError unless the file has exactly the bytes of one.
std::string read_batch(const fs::path& path) {
  if (!is_file(path)) {
    throw DataError("{}: missing, expected {} bytes", path.string(), kFileBytes);
  }
  const auto check = [&](std::uintmax_t found) {
    if (found == static_cast<std::uintmax_t>(kFileBytes)) return;
    throw DataError("{}: {} bytes, expected {}", path.string(), found, kFileBytes);
  };
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw IoError("{}: cannot read: {}", path.string(), error.message());
  check(size);  // before reading: it may be some other, huge file
  std::string content = read_file(path);
  check(content.size());
  return content;
}

char byte_of(float pixel) {
  return static_cast<char>(static_cast<unsigned char>(std::lround(pixel * 255.0F)));
}

std::string records_of(const Dataset& dataset, std::int64_t begin, std::int64_t end) {
  std::string records;
  records.reserve(static_cast<std::size_t>((end - begin) * kRecordBytes));
  for (std::int64_t i = begin; i < end; ++i) {
    const LabeledImage item = dataset.at(i);
    records += static_cast<char>(static_cast<unsigned char>(item.label));
    std::transform(item.image.pixels.begin(), item.image.pixels.end(), std::back_inserter(records),
                   byte_of);
  }
  return records;
}

}  // namespace

bool is_cifar10(const fs::path& place) {
  return holds_any(place, file_names(false)) || holds_any(place, file_names(true));
}

/// test_batch.bin or data_batch_1..5.bin. Checks every file's size and every label. sha256() is
/// that of the files one after the other: `cat data_batch_?.bin | sha256sum`.
std::unique_ptr<Dataset> open_cifar10(const DatasetRequest& request) {
  const std::vector<std::string> names = file_names(request.split == "train");
  const std::vector<fs::path> places = places_of(request);
  const fs::path folder =
      first_place(places, [&](const fs::path& place) { return holds_any(place, names); });
  if (folder.empty()) {
    throw DataError("{} not found, expected {} bytes; looked in {}", names.front(), kFileBytes,
                    listed(places));
  }
  DatasetInfo info{
      "cifar10",
      request.split,
      kShape,
      {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}};
  std::string all;
  all.reserve(names.size() * static_cast<std::size_t>(kFileBytes));
  for (const std::string& name : names) {
    const std::string content = read_batch(folder / name);
    for (std::int64_t i = 0; i < kFileRecords; ++i) {
      const char label = content[static_cast<std::size_t>(i * kRecordBytes)];
      check_label(static_cast<unsigned char>(label), info.class_names.size(), folder / name, i);
    }
    all += content;
  }
  const auto count = static_cast<std::int64_t>(names.size()) * kFileRecords;
  return images_of(std::move(info),
                   ImageBytes{std::move(all), count, {0, kRecordBytes}, {1, kRecordBytes}});
}

std::vector<fs::path> write_cifar10_batches(const Dataset& dataset, const fs::path& folder) {
  const DatasetInfo& info = dataset.info();
  if (info.shape != kShape || info.class_names.size() > 256) {
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
    files.push_back(folder /
                    (info.split == "test" && number == 1 ? "test_batch.bin" : batch_name(number)));
    replace_file(files.back(), records_of(dataset, begin, end));
  }
  replace_file(folder / "batches.meta.txt", fmt::format("{}\n", fmt::join(info.class_names, "\n")));
  return files;
}

}  // namespace certify

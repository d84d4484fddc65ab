#pragma once
/// CIFAR-10's original binary format: records of one label byte and 3 × 32 × 32 pixel bytes (CHW,
/// red first), 10,000 records a file, no header. Read whole: 30 MB (test) or 150 MB (train) in
/// memory cost less than a certify run that dies of SIGBUS because somebody replaced a mapped file.

#include <filesystem>
#include <memory>
#include <vector>

#include "data/dataset.h"

namespace certify {

inline constexpr std::int64_t kCifar10RecordBytes = 1 + 3 * 32 * 32;
inline constexpr std::int64_t kCifar10FileRecords = 10'000;

/// Where `dir` is searched for the files: itself, then the folder the official archive unpacks to,
/// then a folder named after the data set. Empty for an empty `dir`.
std::vector<std::filesystem::path> cifar10_places(const std::filesystem::path& dir);

/// The first of the places that holds a file of either split; empty if none does.
std::filesystem::path find_cifar10(const std::filesystem::path& dir);

/// test_batch.bin or data_batch_1..5.bin. Checks every file's size and every label before
/// returning. sha256() is that of the files one after the other: `cat data_batch_?.bin |
/// sha256sum`.
/// @throws InputError for another split or an empty folder name; DataError for a missing or
/// truncated file or a label above 9; IoError for an unreadable one.
std::unique_ptr<Dataset> open_cifar10(const DatasetRequest& request);

/// The same records from any files, `records` in each, with labels in [0, info.class_names.size()).
/// info.shape must be 3 × 32 × 32. @throws as open_cifar10.
std::unique_ptr<Dataset> open_cifar10_files(DatasetInfo info,
                                            const std::vector<std::filesystem::path>& files,
                                            std::int64_t records);

/// Writes a data set in this format, so that any CIFAR-10 reader can train on it: test_batch.bin
/// for the split "test", otherwise data_batch_1.bin … of at most 10,000 records each, and
/// batches.meta.txt with the class names. Creates the folder. @returns the record files written, in
/// order.
/// @throws InputError unless images are 3 × 32 × 32 and classes at most 256; IoError.
std::vector<std::filesystem::path> write_cifar10_batches(const Dataset& dataset,
                                                         const std::filesystem::path& folder);

}  // namespace certify

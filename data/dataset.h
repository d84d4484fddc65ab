#pragma once
/// Data sets by name, read the same way: `open_dataset(request)->at(i)`.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/image.h"

namespace certify {

struct DatasetInfo {
  std::string name;   ///< as typed after --dataset
  std::string split;  ///< "test" or "train"
  ImageShape shape;
  std::vector<std::string> class_names;  ///< one a class; its size is the number of classes
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual const DatasetInfo& info() const = 0;
  virtual std::int64_t size() const = 0;
  /// Image `index` of the whole split, 0 <= index < size(). Safe to call from several threads.
  /// @throws InputError for another index; DataError naming the file for damaged content that only
  /// shows when the image is read (labels and sizes are checked when the data set is opened).
  virtual LabeledImage at(std::int64_t index) const = 0;
  /// SHA-256 over the content this split is read from; goes into the manifest of a run.
  virtual std::string sha256() const = 0;
};

struct DatasetRequest {
  std::string name{};
  std::string split = "test";
  std::filesystem::path dir{};  ///< --data-dir or $CERTIFY_DATA; may be empty
};

/// @throws InputError for an unknown name or split, or no `dir` for a data set made of files;
/// DataError for missing or truncated files, saying which file, how many bytes were found and how
/// many expected, and for a label outside the classes, naming the file and the record.
std::unique_ptr<Dataset> open_dataset(const DatasetRequest& request);

/// One row of `certify datasets`.
struct DatasetListing {
  std::string name;
  std::string summary;
  /// Where it is looked for, in this order; empty if embedded, or if no folder was named.
  std::vector<std::filesystem::path> searched;
  bool found = false;              ///< always true for an embedded one
  std::filesystem::path found_in;  ///< the first place that holds some of its files
};
std::vector<DatasetListing> list_datasets(const std::filesystem::path& dir);

/// Which images of a split: every `skip`-th from `start`, at most `count` of them.
struct Slice {
  std::int64_t start = 0;
  std::int64_t skip = 1;
  std::int64_t count = -1;  ///< -1: as many as there are
};
/// @throws InputError for start outside the split, skip < 1, or a count that is neither -1 nor > 0.
std::vector<std::int64_t> slice_indices(const Slice& slice, std::int64_t dataset_size);

/// For readers. @throws InputError unless 0 <= index < dataset.size().
void check_index(const Dataset& dataset, std::int64_t index);
/// For readers: `shape.size()` bytes in CHW order as pixels byte/255.
Image image_of_bytes(const ImageShape& shape, const unsigned char* bytes);

}  // namespace certify

#pragma once
/// Data sets by name, read the same way: `open_dataset(request)->at(i)`.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/errors.h"
#include "core/base/image.h"

namespace certify {

struct DatasetInfo {
  std::string name;   ///< as typed after --dataset
  std::string split;  ///< "test" or "train"; of folders of images also "val"
  ImageShape shape;
  std::vector<std::string> class_names;  ///< one a class; its size is the number of classes
  std::string note{};  ///< what a user should know of how it was read; mostly empty
  /// Where nothing but labels says what the classes are: the largest of them and its place, as
  /// "y.npy: label 12 is 9". A network may then know more classes. Mostly empty.
  std::string largest_label{};
  bool eight_bits = true;  ///< every pixel is a multiple of 1/255
};

class Dataset {
 public:
  explicit Dataset(DatasetInfo info) : info_(std::move(info)) {}
  virtual ~Dataset() = default;
  const DatasetInfo& info() const { return info_; }
  virtual std::int64_t size() const = 0;
  /// Image `index` of the whole split, 0 <= index < size(). Safe to call from several threads.
  /// @throws InputError for another index; UnreadableImage naming the file for damaged content that
  /// only shows when the image is read; IoError when the system refuses to read it.
  virtual LabeledImage at(std::int64_t index) const = 0;
  /// SHA-256 over the content this split is read from, or, for folders of images, over the list of
  /// files with their sizes; goes into the manifest of a run.
  virtual std::string sha256() const = 0;

 private:
  DatasetInfo info_;
};

struct DatasetRequest {
  std::string name{};
  std::string split = "test";
  std::filesystem::path dir{};  ///< see data_folder(); may be empty
  // Of image folders only, but for classes, which arrays have, too:
  std::filesystem::path classes{};      ///< file of class folders, or names, in the order of labels
  int resize = -1;                      ///< shorter side; 0: as it is; -1: the data set's own
  int crop_height = 0, crop_width = 0;  ///< 0: the data set's own
  /// Of arrays: .npy each, or a .npz of both and none. Of cifar100 `labels` is fine or coarse.
  std::filesystem::path images{}, labels{};
  /// Of imagenet: data/imagenet_labels.h. Empty: class folders.
  std::filesystem::path labels_file{};
  // Of arrays only:
  std::string layout{};  ///< nhwc or nchw; empty: the shape tells
  /// Of a folder of images as they are: where some that are looked at have many sizes, it is not
  /// opened. Otherwise at() refuses one image after the other.
  bool refuse_mixed_sizes = false;
};

/// What was typed after --data-dir; else, for imagenet, $IMAGENET_DIR; else $CERTIFY_DATA.
std::filesystem::path data_folder(std::string_view dataset, const std::filesystem::path& typed);

/// "224" or "224x160" (height first). @throws InputError for another text or sides
/// outside 1..65535.
void set_crop(DatasetRequest& request, const std::string& text);

/// Whether its images are in the program, so that they are always at hand.
bool is_embedded(std::string_view dataset);

/// Looks at no file. @throws InputError for an unknown name or split, arrays without files, or what
/// is of other data sets only.
void check_request(const DatasetRequest& request);

/// @throws InputError as check_request(), and for no `dir` for a data set made of files; DataError
/// for missing or truncated files, saying which file, how many bytes were found and how many
/// expected, and for a label outside the classes, naming the file and the record; IoError.
std::unique_ptr<Dataset> open_dataset(const DatasetRequest& request);

/// The names of the classes of a network with so many outputs; numbers where the data set has none.
/// @param network  for messages
/// @throws DataError where they are others than the data set's.
std::vector<std::string> classes_of_network(const DatasetInfo& data, const std::string& network,
                                            int outputs);

/// One row of `certify datasets`.
struct DatasetListing {
  std::string name;
  std::string summary;
  /// Where it is looked for, in this order; empty if embedded, or if no folder was named.
  std::vector<std::filesystem::path> searched{};
  std::string files{};                  ///< what is looked for there, in words
  bool found = false;                   ///< always true for an embedded one, and for arrays
  bool named_by_files = false;          ///< arrays: there is nothing to look for
  std::filesystem::path found_first{};  ///< the first of the files that is there
};
/// @param typed  --data-dir, or empty
std::vector<DatasetListing> list_datasets(const std::filesystem::path& typed);

/// Writes a data set in CIFAR-10's format, so that any CIFAR-10 reader can train on it:
/// data_batch_1.bin … of at most 10,000 records each for the split "train", test_batch.bin for
/// others, and batches.meta.txt with the class names. Creates the folder. @returns the record files
/// written, in order.
/// @throws InputError unless images are 3 × 32 × 32 and classes at most 256; IoError.
std::vector<std::filesystem::path> write_cifar10_batches(const Dataset& dataset,
                                                         const std::filesystem::path& folder);

/// Which images of a split: every `skip`-th from `start`, at most `count` of them.
struct Slice {
  std::int64_t start = 0;
  std::int64_t skip = 1;
  std::int64_t count = -1;  ///< -1: as many as there are
};
/// @throws InputError for start outside the split, skip < 1, or a count that is neither -1 nor > 0.
std::vector<std::int64_t> slice_indices(const Slice& slice, std::int64_t dataset_size);

/// 0 … size - 1 without those. @param taken  ascending
std::vector<std::int64_t> indices_left(const std::vector<std::int64_t>& taken, std::int64_t size);

/// Some images of a data set, numbered from 0 in the order given. at(k) keeps the index that the
/// image has in the whole; info() and sha256() are the whole's.
/// @throws InputError for an index outside the whole, and where there is none.
std::unique_ptr<Dataset> subset(std::shared_ptr<const Dataset> whole,
                                std::vector<std::int64_t> indices);

/// For readers. @throws InputError unless 0 <= index < dataset.size().
void check_index(const Dataset& dataset, std::int64_t index);

}  // namespace certify

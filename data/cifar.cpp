/// CIFAR-10 and CIFAR-100 (Krizhevsky 2009), 3 × 32 × 32, in each form in which they are published:
/// records of bytes, Python 2's pickles, and archives of either, which are not unpacked to disk.
/// Read whole: 30 MB (test) or 150 MB (train) in memory cost less than a run of days that dies of
/// SIGBUS because somebody replaced a mapped file.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/files.h"
#include "core/base/unpack.h"
#include "data/packed/array_pickle.h"
#include "data/packed/tar_archive.h"
#include "data/readers.h"

namespace certify {
namespace fs = std::filesystem;

/// In the order of labels, one a line.
extern const std::string_view kCifar100Fine, kCifar100Coarse;

namespace {

constexpr ImageShape kShape{3, 32, 32};
constexpr std::int64_t kPixelBytes = 3 * 32 * 32;            // CHW, red first
constexpr std::size_t kMostUnpacked = std::size_t{1} << 29;  // the archives hold 186 MB

/// A label that images have.
struct Label {
  std::string word;  ///< behind --labels
  std::size_t at;    ///< among the label bytes of a record
  std::string key;   ///< in a pickle
  std::vector<std::string> names;
};

struct Cifar {
  std::string official;                    ///< how the names of its folders and archives begin
  std::vector<std::string> test, train;    ///< files of a split: pickles; records add .bin
  std::int64_t test_images, train_images;  ///< of a file
  std::vector<Label> labels;               ///< the first unless --labels says otherwise

  const std::vector<std::string>& files(bool is_train) const { return is_train ? train : test; }
  std::int64_t images(bool is_train) const { return is_train ? train_images : test_images; }
  std::int64_t label_bytes() const { return std::ssize(labels); }
  std::int64_t record_bytes() const { return label_bytes() + kPixelBytes; }
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

const Cifar& cifar10() {
  static const Cifar set{
      "cifar-10",
      {"test_batch"},
      {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"},
      10'000,
      10'000,
      {{"",
        0,
        "labels",
        {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
         "truck"}}}};
  return set;
}

const Cifar& cifar100() {
  static const Cifar set{"cifar-100",
                         {"test"},
                         {"train"},
                         10'000,
                         50'000,
                         {{"fine", 1, "fine_labels", lines_of(kCifar100Fine)},
                          {"coarse", 0, "coarse_labels", lines_of(kCifar100Coarse)}}};
  return set;
}

/// Where a split lies, and in which form.
struct Source {
  fs::path path;  ///< a folder, or an archive
  bool pickled = false, archive = false;
};

std::string file_name(const std::string& name, bool pickled) {
  return pickled ? name : name + ".bin";
}

std::string archive_name(const Cifar& set, bool pickled) {
  return set.official + (pickled ? "-python.tar.gz" : "-binary.tar.gz");
}

/// Records before pickles and both before archives: what is read faster comes first. A folder that
/// has one file of a split is the one, so that a missing file is told instead of passed over.
std::optional<Source> find_source(const Cifar& set, bool train,
                                  const std::vector<fs::path>& places) {
  for (const bool pickled : {false, true}) {
    const fs::path folder = first_place(places, [&](const fs::path& place) {
      return std::ranges::any_of(set.files(train), [&](const std::string& name) {
        return is_file(place / file_name(name, pickled));
      });
    });
    if (!folder.empty()) return Source{folder, pickled, false};
  }
  for (const bool pickled : {false, true}) {
    const fs::path folder = first_place(
        places, [&](const fs::path& place) { return is_file(place / archive_name(set, pickled)); });
    if (!folder.empty()) return Source{folder / archive_name(set, pickled), pickled, true};
  }
  return std::nullopt;
}

/// The files of a source, by name.
class Files {
 public:
  explicit Files(Source source) : source_(std::move(source)) {
    if (!source_.archive) return;
    const MappedFile packed(source_.path);
    try {
      unpacked_ = unpack_gzip(packed.bytes(), kMostUnpacked);
      archive_.emplace(unpacked_);
    } catch (const DataError& error) {
      throw DataError("{}: {}", source_.path.string(), error.what());
    }
  }

  bool pickled() const { return source_.pickled; }
  std::string place_of(const std::string& name) const {
    const std::string file = file_name(name, source_.pickled);
    return source_.archive ? fmt::format("{}: {}", source_.path.string(), file)
                           : (source_.path / file).string();
  }

  /// As it lies in the archive, or in `read`.
  std::string_view content(const std::string& name, std::string& read) const {
    const std::string file = file_name(name, source_.pickled);
    if (archive_) {
      std::optional<std::string_view> found;
      for (const auto& [whole, bytes] : archive_->files()) {
        if (fs::path(whole).filename() != file) continue;
        if (found) throw DataError("{}: in the archive twice", place_of(name));
        found = bytes;
      }
      if (!found) throw DataError("{}: missing in the archive", place_of(name));
      return *found;
    }
    read = read_file(source_.path / file);
    return read;
  }

  /// @throws DataError unless the file is there, no larger than any of these data sets, and of this
  /// size if that is given.
  void check_file(const std::string& name, std::int64_t bytes) const {
    if (archive_) return;
    const fs::path file = place_of(name);
    if (!is_file(file)) {
      throw DataError("{}: missing{}", file.string(),
                      bytes > 0 ? fmt::format(", expected {} bytes", bytes) : "");
    }
    const std::int64_t found = size_of(fs::directory_entry(file));
    if (bytes > 0 && found >= 0) check_size(file.string(), found, bytes);
    if (found > std::int64_t{kMostUnpacked}) {
      throw DataError("{}: {} bytes, expected at most {}", file.string(), found, kMostUnpacked);
    }
  }
  static void check_size(const std::string& place, std::int64_t found, std::int64_t expected) {
    if (found == expected) return;
    const char* hint = "";
    if (found > 0 && found % cifar100().record_bytes() == 0 &&
        expected % cifar10().record_bytes() == 0) {
      hint = "; records of 3074 bytes are of --dataset cifar100";
    }
    throw DataError("{}: {} bytes, expected {}{}", place, found, expected, hint);
  }

 private:
  Source source_;
  std::string unpacked_;
  std::optional<TarArchive> archive_;
};

void append_record(std::string& records, char label, std::string_view pixels) {
  records += label;
  records += pixels;
}

/// Adds the images of a file of records: its label bytes, then the pixels.
void add_records(std::string_view content, const Cifar& set, const Label& label,
                 const std::string& place, std::int64_t images, std::string& records) {
  Files::check_size(place, std::ssize(content), images * set.record_bytes());
  const auto labels = static_cast<std::size_t>(set.label_bytes());
  for (std::int64_t i = 0; i < images; ++i) {
    const std::string_view record = content.substr(static_cast<std::size_t>(i * set.record_bytes()),
                                                   static_cast<std::size_t>(set.record_bytes()));
    check_label(static_cast<unsigned char>(record[label.at]), label.names.size(), place, i);
    append_record(records, record[label.at], record.substr(labels));
  }
}

/// Adds the images of a pickled batch: `data`, an image a row, and a list of labels.
void add_pickled(std::string_view content, const Label& label, std::int64_t images,
                 std::string& records) {
  const ArrayPickle batch(content);
  const ArrayPickle::Array data = batch.array("data");
  const std::vector<std::int64_t> labels = batch.numbers(label.key);
  if (data.shape != std::vector<std::int64_t>{images, kPixelBytes}) {
    throw DataError("'data' of shape ({}), expected ({}, {})", fmt::join(data.shape, ", "), images,
                    kPixelBytes);
  }
  if (std::ssize(labels) != images) {
    throw DataError("'{}' has {} labels for {} images", label.key, labels.size(), images);
  }
  for (std::int64_t i = 0; i < images; ++i) {
    const std::int64_t value = labels[static_cast<std::size_t>(i)];
    if (value < 0 || value >= std::ssize(label.names)) {
      throw DataError("record {}: label {}, expected 0 to {}", i, value, label.names.size() - 1);
    }
    append_record(records, static_cast<char>(value),
                  data.bytes.substr(static_cast<std::size_t>(i * kPixelBytes),
                                    static_cast<std::size_t>(kPixelBytes)));
  }
}

std::string read_records(const Cifar& set, const Label& label, const Source& source, bool train) {
  const Files files(source);
  const std::int64_t images = set.images(train);
  std::string records;
  records.reserve(set.files(train).size() * static_cast<std::size_t>(images * (1 + kPixelBytes)));
  for (const std::string& name : set.files(train)) {
    // Before it is read: it may be some other, huge file.
    files.check_file(name, files.pickled() ? 0 : images * set.record_bytes());
    std::string read;
    const std::string_view content = files.content(name, read);
    if (!files.pickled()) {
      add_records(content, set, label, files.place_of(name), images, records);
      continue;
    }
    try {
      add_pickled(content, label, images, records);
    } catch (const DataError& error) {
      throw DataError("{}: {}", files.place_of(name), error.what());
    }
  }
  return records;
}

/// @pre check_request()
const Label& label_of(const Cifar& set, const DatasetRequest& request) {
  if (request.labels.empty()) return set.labels.front();
  return *std::ranges::find(set.labels, request.labels.string(), &Label::word);
}

/// sha256() is over records of one label byte and the pixels, whatever the form: of CIFAR-10's
/// binary files one after the other it is that of the files, `cat data_batch_?.bin | sha256sum`.
std::unique_ptr<Dataset> open(const Cifar& set, const DatasetRequest& request) {
  const Label& label = label_of(set, request);
  const bool train = request.split == "train";
  const std::vector<fs::path> places = places_of(request);
  const auto source = find_source(set, train, places);
  if (!source) {
    const std::string& first = set.files(train).front();
    throw DataError(
        "{0}.bin not found, expected {1} bytes, nor {0} (pickled), {2} or {3}; looked in "
        "{4}",
        first, set.images(train) * set.record_bytes(), archive_name(set, false),
        archive_name(set, true), listed(places));
  }
  std::string records = read_records(set, label, *source, train);
  const std::int64_t count = std::ssize(records) / (1 + kPixelBytes);
  return images_of(
      {request.name, request.split, kShape, label.names},
      ImageBytes{std::move(records), count, {0, 1 + kPixelBytes}, {1, 1 + kPixelBytes}});
}

fs::path find(const Cifar& set, const fs::path& place) {
  for (const bool train : {false, true}) {
    const auto source = find_source(set, train, {place});
    if (!source) continue;
    if (source->archive) return source->path;
    for (const std::string& name : set.files(train)) {
      const fs::path file = source->path / file_name(name, source->pickled);
      if (is_file(file)) return file;
    }
  }
  return {};
}

}  // namespace

fs::path find_cifar10(const fs::path& place) { return find(cifar10(), place); }
fs::path find_cifar100(const fs::path& place) { return find(cifar100(), place); }

std::unique_ptr<Dataset> open_cifar10(const DatasetRequest& request) {
  return open(cifar10(), request);
}

std::unique_ptr<Dataset> open_cifar100(const DatasetRequest& request) {
  return open(cifar100(), request);
}

}  // namespace certify

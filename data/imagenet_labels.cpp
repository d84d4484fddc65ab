#include "data/imagenet_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string_view>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parse.h"
#include "core/base/printable.h"
#include "data/readers.h"

namespace certify {

/// data/imagenet_devkit_order.txt: WordNet's identifiers in the order of ILSVRC2012_ID, 1 first.
/// Source: the challenge's map_clsloc.txt; its first images' labels in Caffe's val.txt agree.
extern const std::string_view kImagenetDevkitOrder;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKaggleHeader = "ImageId,PredictionString";
constexpr std::int64_t kImages = 50'000;  // of val

std::optional<int> label_of_wnid(std::string_view wnid) {
  const auto& classes = imagenet_classes();
  const auto found = std::ranges::lower_bound(classes, wnid, {}, &FolderClass::folder);
  if (found == classes.end() || found->folder != wnid) return std::nullopt;
  return static_cast<int>(found - classes.begin());
}

/// The devkit counts from 1. @pre 1 <= id <= 1000
int label_of_devkit(int id) {
  constexpr std::size_t kLine = sizeof "n01440764";  // with its end
  return *label_of_wnid(
      kImagenetDevkitOrder.substr(static_cast<std::size_t>(id - 1) * kLine, kLine - 1));
}

/// "val/ILSVRC2012_val_00000001.JPEG" -> "ILSVRC2012_val_00000001".
std::string image_of(std::string_view path) { return fs::path(path).stem().string(); }

std::string numbered_image(std::int64_t number) {
  return fmt::format("ILSVRC2012_val_{:08}", number);
}

class Reader {
 public:
  explicit Reader(const fs::path& file) : file_(file) {}

  LabelsByImage read() {
    std::istringstream lines(read_file(file_));
    std::string line;
    while (std::getline(lines, line)) {
      ++number_;
      if (number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
      line.erase(line.find_last_not_of(" \t\r") + 1);
      if (line.empty()) continue;
      if (line == kKaggleHeader && number_ == 1) {
        kaggle_ = true;
      } else {
        read_line(line);
      }
    }
    if (labels_.empty()) throw DataError("{}: no labels", file_.string());
    // Any fewer may be in any order, and counted from 0.
    if (bare_ > 0 && bare_ != kImages) {
      throw DataError(
          "{}: {} labels without a name, expected {}, one for each image of val; those of "
          "some images are read as NAME LABEL",
          file_.string(), bare_, kImages);
    }
    return std::move(labels_);
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw DataError("{}:{}: {}", file_.string(), number_, reason);
  }

  /// All lines are of one form: numbers without a name count from 1 in the devkit's order, those
  /// behind a name from 0 in the networks'.
  void read_line(std::string_view line) {
    const std::size_t end = line.find_first_of(kaggle_ ? "," : " \t");
    const bool named = end != line.npos;
    if (kaggle_ && !named) refuse("expected NAME,WNID …");
    if (labels_.empty()) named_ = named;
    if (named != named_) {
      refuse(fmt::format("a label {} a name, but the lines before have {}",
                         named ? "with" : "without", named ? "none" : "one"));
    }
    if (!named) {
      ++bare_;
      return add(numbered_image(bare_), bare_label(line));
    }
    const std::size_t begin = line.find_first_not_of(" \t,", end);
    std::string_view label = begin == line.npos ? "" : line.substr(begin);
    if (kaggle_) label = label.substr(0, label.find(' '));
    add(image_of(line.substr(0, end)), named_label(label));
  }

  int bare_label(std::string_view text) {
    const auto label = label_of_wnid(text);
    if (bare_ == 1) identifiers_ = label.has_value();
    if (label && identifiers_) return *label;
    if (identifiers_)
      refuse(fmt::format("'{}', expected an identifier, as before", printable(text)));
    const auto id = parse_number<int>(text);
    if (id && *id >= 1 && *id <= 1000) return label_of_devkit(*id);
    refuse(fmt::format(
        "'{}', expected 1 to 1000, in the devkit's order, or a WordNet identifier; labels from 0 "
        "are read as NAME LABEL",
        printable(text)));
  }
  int named_label(std::string_view text) const {
    if (const auto label = label_of_wnid(text)) return *label;
    const auto label = kaggle_ ? std::nullopt : parse_number<int>(text);
    if (label && *label >= 0 && *label < 1000) return *label;
    refuse(fmt::format("label '{}', expected {}a WordNet identifier of ImageNet's", printable(text),
                       kaggle_ ? "" : "0 to 999, or "));
  }
  void add(const std::string& image, int label) {
    if (!labels_.emplace(image, label).second) refuse(fmt::format("{} a second time", image));
  }

  const fs::path& file_;
  LabelsByImage labels_;
  std::int64_t number_ = 0, bare_ = 0;  ///< of lines, and of those without a name
  bool kaggle_ = false, named_ = false, identifiers_ = false;
};

}  // namespace

LabelsByImage read_imagenet_labels(const fs::path& file) { return Reader(file).read(); }

}  // namespace certify

#include "data/images/bmp_runs.h"

#include <algorithm>
#include <utility>

#include "core/base/errors.h"

namespace certify {
namespace {

class Runs {
 public:
  explicit Runs(const BmpRuns& runs)
      : file_(runs.file),
        at_(runs.at),
        width_(runs.width),
        pixels_(runs.width * runs.height),
        nibbles_(runs.nibbles) {}

  std::vector<unsigned char> indices() {
    while (indices_.size() < pixels_) {
      const std::size_t count = byte(at_), code = byte(at_ + 1);
      at_ += 2;
      if (count != 0) {
        repeat(count, code);
      } else if (code == 0) {
        add_zeros((width_ - indices_.size() % width_) % width_);
        x_ = 0;
      } else if (code == 1) {
        throw DataError("the picture ends after {} of {} pixels", indices_.size(), pixels_);
      } else if (code == 2) {
        add_zeros(byte(at_) + byte(at_ + 1) * width_);
        x_ = indices_.size() % width_;
        at_ += 2;
      } else {
        copy(code);
      }
    }
    return std::move(indices_);
  }

 private:
  unsigned char byte(std::size_t at) const {
    if (at >= file_.size()) throw DataError("the file is truncated");
    return static_cast<unsigned char>(file_[at]);
  }

  void add_zeros(std::size_t count) { indices_.resize(std::min(pixels_, indices_.size() + count)); }

  static unsigned char nibble(std::size_t byte, std::size_t i) {
    return static_cast<unsigned char>(i % 2 == 0 ? byte >> 4 : byte & 15);
  }

  /// One value, or two in turns; what does not fit into the row is left out.
  void repeat(std::size_t count, std::size_t code) {
    count = std::min(count, width_ - std::min(x_, width_));
    count = std::min(count, pixels_ - indices_.size());
    for (std::size_t i = 0; i < count; ++i) {
      indices_.push_back(nibbles_ ? nibble(code, i) : static_cast<unsigned char>(code));
    }
    x_ += count;
  }

  void copy(std::size_t count) {
    x_ += count;
    count = std::min(count, pixels_ - indices_.size());
    for (std::size_t i = 0; i < count; ++i) {
      indices_.push_back(nibbles_ ? nibble(byte(at_ + i / 2), i) : byte(at_ + i));
    }
    at_ += nibbles_ ? (count + 1) / 2 : count;
    at_ += at_ % 2;
  }

  std::string_view file_;
  std::size_t at_;  ///< in the file
  std::size_t width_, pixels_;
  bool nibbles_;
  std::size_t x_ = 0;  ///< as far as the row's codes have got
  std::vector<unsigned char> indices_;
};

}  // namespace

std::vector<unsigned char> run_length_decoded(const BmpRuns& runs) { return Runs(runs).indices(); }

}  // namespace certify

#include "data/subset.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

class Subset final : public Dataset {
 public:
  Subset(std::shared_ptr<const Dataset> whole, std::vector<std::int64_t> indices)
      : whole_(std::move(whole)), indices_(std::move(indices)) {
    if (indices_.empty()) throw InputError("a part of a data set without any image");
    for (const std::int64_t index : indices_) check_index(*whole_, index);
  }
  const DatasetInfo& info() const override { return whole_->info(); }
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

}  // namespace

std::unique_ptr<Dataset> subset(std::shared_ptr<const Dataset> whole,
                                std::vector<std::int64_t> indices) {
  return std::make_unique<Subset>(std::move(whole), std::move(indices));
}

std::vector<std::int64_t> indices_left(const std::vector<std::int64_t>& taken, std::int64_t size) {
  std::vector<std::int64_t> left;
  auto next = taken.begin();
  for (std::int64_t index = 0; index < size; ++index) {
    if (next != taken.end() && *next == index) {
      ++next;
    } else {
      left.push_back(index);
    }
  }
  return left;
}

}  // namespace certify

#include "core/attack/radius_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace certify {
namespace {

constexpr double kNearEnough = 1.02;
constexpr std::array kMultiples{1.0, 1.5, 2.0};

class Search {
 public:
  Search(int attacked, double certified, double max_radius)
      : attacked_(attacked), certified_(certified), max_radius_(max_radius) {}

  bool is_over() const {
    if (succeeded()) return nearest_ <= kNearEnough * withstood_ || nearest_ == 0;
    return withstood_ >= max_radius_;
  }

  double next_radius() const {
    if (succeeded()) return withstood_ > 0 ? std::sqrt(withstood_ * nearest_) : nearest_ / 2;
    for (const double multiple : kMultiples) {
      if (const double r = multiple * certified_; r > withstood_ && r < max_radius_) return r;
    }
    return max_radius_;
  }

  void add(double radius, const BallTry& found) {
    if (found.answer != attacked_) unsettled_ = std::min(unsettled_, found.distance);
    if (found.answer == attacked_ || found.answer == kAbstain) {
      withstood_ = std::max(withstood_, radius);
    } else if (found.distance < nearest_) {
      nearest_ = found.distance;
      answer_ = found.answer;
      withstood_ = std::min(withstood_, nearest_);  // a larger ball may have been searched badly
    }
  }

  AttackResult result() const {
    const double radius = succeeded() ? nearest_ : withstood_;
    return {answer_, radius, std::min(unsettled_, radius)};
  }

 private:
  bool succeeded() const { return answer_ != kAbstain; }

  int attacked_;
  double certified_, max_radius_;
  double withstood_ = 0;  ///< the largest ball without a success below the nearest one
  double nearest_ = std::numeric_limits<double>::infinity(), unsettled_ = nearest_;
  int answer_ = kAbstain;
};

}  // namespace

AttackResult search_smallest_radius(
    int attacked, double certified, double max_radius, int tries,
    const std::function<BallTry(double radius, int number)>& attack) {
  Search search(attacked, certified, max_radius);
  for (int number = 0; number < tries && !search.is_over(); ++number) {
    const double radius = search.next_radius();
    search.add(radius, attack(radius, number));
  }
  return search.result();
}

}  // namespace certify

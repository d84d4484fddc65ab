#include "core/attack/attack_log.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr std::string_view kHeader =
    "idx\tlabel\tpredict\tradius\tcorrect\tattack_radius\tattack_predict\tunsettled_radius\n";

/// Takes fields off a line.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  template <typename Number>
  Number next() {
    const std::string_view field = rest_.substr(0, rest_.find('\t'));
    rest_.remove_prefix(std::min(rest_.size(), field.size() + 1));
    Number value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    good_ = good_ && error == std::errc() && end == field.data() + field.size();
    return value;
  }
  bool good() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

bool is_length(double value) { return value >= 0 && std::isfinite(value); }

RadiusLog curve(std::span<const AttackedImage> images, const std::string& name,
                double AttackedImage::*radius) {
  RadiusLog log{name};
  log.attack = radius != &AttackedImage::radius;
  for (const AttackedImage& image : images) {
    log.rows.push_back({image.index, image.label, image.predicted, image.*radius,
                        image.certified() && image.predicted == image.label});
  }
  return log;
}

}  // namespace

std::string attack_header() { return std::string(kHeader); }

std::string attack_row(const AttackedImage& i) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", i.index, i.label, i.predicted, i.radius,
                     i.certified() && i.predicted == i.label ? 1 : 0, i.attack_radius,
                     i.attack_predicted, i.unsettled_radius);
}

AttackLog parse_attack_log(std::string_view content, const std::string& name) {
  AttackLog log;
  for (int line = 1; log.bytes < content.size(); ++line) {
    const std::size_t end = content.find('\n', log.bytes);
    if (end == std::string_view::npos) break;
    const std::string_view text = content.substr(log.bytes, end + 1 - log.bytes);
    log.bytes = end + 1;
    if (line == 1) {
      if (text == kHeader) continue;
      throw DataError(fmt::format("{}:1: expected the header of an attack", name));
    }
    Fields fields(text.substr(0, text.size() - 1));
    AttackedImage image;
    image.index = fields.next<std::int64_t>();
    image.label = fields.next<int>();
    image.predicted = fields.next<int>();
    image.radius = fields.next<double>();
    const bool correct = fields.next<int>() == 1;
    image.attack_radius = fields.next<double>();
    image.attack_predicted = fields.next<int>();
    image.unsettled_radius = fields.next<double>();
    const bool lengths = is_length(image.radius) && is_length(image.attack_radius) &&
                         is_length(image.unsettled_radius);
    if (!fields.good() || !lengths ||
        correct != (image.certified() && image.predicted == image.label)) {
      throw DataError(fmt::format("{}:{}: no row of an attack", name, line));
    }
    log.images.push_back(image);
  }
  return log;
}

std::vector<RadiusLog> attack_curves(std::span<const AttackedImage> images) {
  return {curve(images, "certified", &AttackedImage::radius),
          curve(images, "under attack, abstentions wrong", &AttackedImage::unsettled_radius),
          curve(images, "under attack", &AttackedImage::attack_radius)};
}

}  // namespace certify

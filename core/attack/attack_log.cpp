#include "core/attack/attack_log.h"

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/norm.h"
#include "core/base/tsv_reader.h"

namespace certify {
namespace {

/// No distance in one norm stands in a column of another's.
struct Columns {
  std::string radius, attack_radius, unsettled_radius;
};
Columns columns_of(std::string_view norm) {
  const std::string radius = radius_column(norm);
  return {radius, "attack_" + radius, "unsettled_" + radius};
}

RadiusLog curve(std::span<const AttackedImage> images, std::string_view norm,
                const std::string& name, double AttackedImage::*radius) {
  RadiusLog log{name};
  log.norm = norm;
  log.attack = radius != &AttackedImage::radius;
  for (const AttackedImage& image : images) {
    log.rows.push_back({image.index, image.label, image.predicted, image.*radius, image.correct()});
  }
  return log;
}

}  // namespace

std::string attack_header(std::string_view norm) {
  const Columns c = columns_of(norm);
  return fmt::format("idx\tlabel\tpredict\t{}\tcorrect\t{}\tattack_predict\t{}\n", c.radius,
                     c.attack_radius, c.unsettled_radius);
}

std::string attack_row(const AttackedImage& i) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", i.index, i.label, i.predicted, i.radius,
                     i.correct() ? 1 : 0, i.attack_radius, i.attack_predicted, i.unsettled_radius);
}

AttackLog parse_attack_log(std::string_view content, const std::string& name,
                           std::string_view norm) {
  const std::string header = attack_header(norm);
  const Columns columns = columns_of(norm);
  AttackLog log;
  log.bytes = content.rfind('\n') + 1;  // 0 where there is none
  if (log.bytes == 0) return log;
  if (!content.starts_with(header)) {
    throw DataError("{}:1: expected the header of an attack", name);
  }
  const std::string_view whole = content.substr(0, log.bytes);
  TsvReader table(whole, name);
  std::string_view rest = whole.substr(header.size());
  while (table.next()) {
    const AttackedImage& image = log.images.emplace_back(AttackedImage{
        table.number<std::int64_t>("idx", 0), table.number<int>("label", 0),
        table.number<int>("predict", kAbstain), table.number<double>(columns.radius, 0),
        table.number<double>(columns.attack_radius, 0),
        table.number<int>("attack_predict", kAbstain),
        table.number<double>(columns.unsettled_radius, 0)});
    // To the letter: a resumed attack keeps these bytes and appends to them.
    const std::string row = attack_row(image);
    if (!rest.starts_with(row)) table.refuse("no row of an attack");
    rest.remove_prefix(row.size());
  }
  if (!rest.empty()) table.refuse("no row of an attack");
  return log;
}

std::vector<RadiusLog> attack_curves(std::span<const AttackedImage> images, std::string_view norm) {
  return {curve(images, norm, "certified", &AttackedImage::radius),
          curve(images, norm, "under attack, abstentions wrong", &AttackedImage::unsettled_radius),
          curve(images, norm, "under attack", &AttackedImage::attack_radius)};
}

}  // namespace certify

#include "core/report/logs/correct_column.h"

#include <cmath>

#include <fmt/format.h>

#include "core/report/logs/python_format.h"

namespace certify {
namespace {

std::string contradiction(std::int64_t value, const RadiusRow& row) {
  if (value > 1) {
    return fmt::format(
        "correct is '{}', expected 0 or 1, or in all rows the number of correct "
        "images so far",
        value);
  }
  return fmt::format("correct is {}, but predict is {} and label is {}", value, row.predicted,
                     row.label);
}

}  // namespace

std::optional<std::int64_t> CorrectColumn::parse(std::string_view field) {
  if (field == "True") return 1;
  if (field == "False") return 0;
  const std::optional<double> value = parse_finite(field);
  constexpr double kMost = 1e15;  // below it a double holds every whole number
  if (!value || *value < 0 || *value > kMost || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<CorrectColumn::Fault> CorrectColumn::add(std::int64_t line, std::int64_t value,
                                                       const RadiusRow& row) {
  const bool right = row.predicted == row.label;
  right_ += right ? 1 : 0;
  above_one_ |= value > 1;
  if (!no_flags_ && value != (right ? 1 : 0)) no_flags_ = {line, contradiction(value, row)};
  if (!no_count_ && value != right_) {
    no_count_ = {line, fmt::format("correct is '{}', but {} images are correct up to here, and the "
                                   "rows before count them",
                                   value, right_)};
  }
  if (!no_flags_ || !no_count_) return std::nullopt;
  // What the rows had been until then is what this one contradicts.
  return above_one_ && no_count_->line > no_flags_->line ? no_count_ : no_flags_;
}

}  // namespace certify

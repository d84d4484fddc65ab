#pragma once
/// The column `correct` of a log, which repeats in each row what `predict` and `label` say.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/curves/radius_log.h"

namespace certify {

/// What a whole log writes in the column. One of two things, in all of its rows:
/// - a flag: 1 where `predict` equals `label`, else 0 (TSS: True and False);
/// - a running count: how many rows up to this one have `predict` equal to `label`. Source:
///   cifar10/certify.py of diffusion_denoised_smoothing (Carlini et al., 2023).
/// The log decides, not a row: a flag that contradicts its row is never excused as a count. Only a
/// log with a value above 1 can be one of counts.
class CorrectColumn {
 public:
  /// A row that contradicts the log.
  struct Fault {
    std::int64_t line;
    std::string reason;
  };

  /// 0, 1, 17, 17.0, True or False as a number; nothing for anything else.
  static std::optional<std::int64_t> parse(std::string_view field);

  /// @param value  as parsed from the row
  /// @return as soon as the rows so far can be neither flags nor a count
  std::optional<Fault> add(std::int64_t line, std::int64_t value, const RadiusRow& row);

  /// A header was repeated: the program started anew, and so does its count.
  void restart() { right_ = 0; }

  /// At the end of the log. @return a flag that contradicts its row, in a log of flags
  std::optional<Fault> finish() const { return above_one_ ? std::nullopt : no_flags_; }

  /// @pre neither add() nor finish() returned a fault
  bool is_running_count() const { return no_flags_.has_value(); }

 private:
  std::int64_t right_ = 0;                    ///< rows so far with predict == label
  bool above_one_ = false;                    ///< a value was
  std::optional<Fault> no_flags_, no_count_;  ///< the first row that says so
};

}  // namespace certify

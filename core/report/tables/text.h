#pragma once
/// Small text helpers that the tables and pictures share.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/curves/radius_log.h"

namespace certify {

/// Columns that UTF-8 text takes on a terminal: one a code point, which holds for the Latin and
/// Greek letters and the signs that we print.
std::size_t display_width(std::string_view utf8);

/// At most `width` code points; a longer text loses its middle to "…". @pre width >= 3.
std::string shortened(std::string_view utf8, std::size_t width);

/// Its control characters as blanks: a tab or newline in a file's name must not make another field.
std::string on_one_line(const std::string& text);

/// Text made safe between tags and inside quoted attributes of XML and HTML. Bytes that are not
/// UTF-8, and control characters other than tab and newline, become U+FFFD: both are fatal in XML.
std::string escaped(std::string_view text);

/// count/images with three decimals, rounded down exactly: 0.6999 must not read as 0.700.
/// @pre 0 <= count <= images, images > 0.
std::string share_rounded_down(std::int64_t count, std::int64_t images);

/// The same of a share that is no count; one below 0 says as much as 0.
std::string share_rounded_down(double share);

/// Three digits, rounded down: also below zero, also of infinities.
std::string rounded_down(double value);

/// How a table's shares and radii get their three digits. Lower bounds are always rounded down.
enum class Rounding {
  kDown,     ///< never more than what is proven
  kNearest,  ///< as papers print, and Python's format(x, ".3f") does
};
std::string rounded(double value, Rounding rounding);
/// A share, or a radius: one below 0 says as much as 0.
std::string rounded_share(double share, Rounding rounding);
/// Of counts, which are rounded down exactly.
std::string rounded_share(std::int64_t count, std::int64_t images, Rounding rounding);
/// The sentence by which a table says so.
const char* rounding_note(Rounding rounding);

/// Numbers with as many decimals as the one that needs most, at most 6: "0.00", "0.25", "1.50".
std::vector<std::string> aligned_decimals(std::span<const double> numbers);

/// "3 s", "12 min", "5.2 h", "3.4 days", "7 months", "30 years".
std::string human_duration(double seconds);

/// Failure probability of bands and bounds, unless another is given.
inline constexpr double kRho = 0.001;

/// What stands behind the name of a column whose numbers hold with probability 1 - rho: nothing for
/// kRho, else "_rho_0.05".
std::string rho_suffix(double rho);

/// What tells the logs apart: their names without the leading words that all share, except the last
/// of these ("noise_0.25", "noise_0.50"), and without the trailing ones.
std::vector<std::string> short_names(std::span<const RadiusLog> logs);

}  // namespace certify

#pragma once
/// Numbers as the Python programs of this field print and read them.

#include <optional>
#include <string>
#include <string_view>

namespace certify {

/// Like Python's f"{radius:.3}" ("0.0", "0.409", "1.0", "1.23e-05"), but cut off instead of
/// rounded: the decimal number printed is never above `radius`. Cut is the double itself, not its
/// shortest decimal: the double next to 0.41 is 0.40999999999999998 and prints as 0.409.
/// @throws InputError unless radius is finite and >= 0.
std::string python_radius_rounded_down(double radius);

/// Like Python's str(timedelta(seconds=seconds)): "0:00:13.771528", "1 day, 2:03:04.500000".
/// @throws InputError unless seconds is in [0, 1e12].
std::string python_timedelta(double seconds);

/// Seconds from the above or from a plain number of seconds; nullopt for anything else.
std::optional<double> parse_python_time(std::string_view text);

/// The whole text as a finite decimal number, or nullopt. Locale plays no part.
std::optional<double> parse_finite(std::string_view text);

}  // namespace certify

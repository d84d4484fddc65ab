#include "core/report/logs/python_format.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/parse.h"

namespace certify {
namespace {

constexpr std::int64_t kMicro = 1'000'000;

/// The first three significant digits of a positive double, the rest cut off, and its exponent.
struct ThreeDigits {
  std::string digits;  ///< "409", without trailing zeros: "1" for 100
  int exponent = 0;    ///< of the first digit: 4.09 · 10^exponent
};

ThreeDigits cut_to_three_digits(double positive) {
  // A double has at most 767 significant digits, so that 766 decimals print it exactly: a shorter
  // print would already be rounded, perhaps up.
  std::array<char, 800> exact{};
  const auto end = std::to_chars(exact.data(), exact.data() + exact.size(), positive,
                                 std::chars_format::scientific, 766);
  const std::string_view text(exact.data(), static_cast<std::size_t>(end.ptr - exact.data()));
  ThreeDigits cut{std::string{text[0], text[2], text[3]}, 0};
  cut.digits.erase(cut.digits.find_last_not_of('0') + 1);
  std::string_view exponent = text.substr(text.find('e') + 1);
  if (exponent.front() == '+') exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), cut.exponent);
  return cut;
}

/// Python's rule for `.3` without a type: an exponent below 1e-4 and from 100 on.
std::string print_as_python(const ThreeDigits& number) {
  const auto& [digits, exponent] = number;
  if (exponent < -4 || exponent > 1) {
    const std::string rest = digits.size() > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}e{}{:02}", digits[0], rest, exponent < 0 ? '-' : '+',
                       std::abs(exponent));
  }
  if (exponent < 0) {
    return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  }
  std::string padded = digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (padded.size() <= whole) padded.append(whole + 1 - padded.size(), '0');
  return padded.substr(0, whole) + "." + padded.substr(whole);
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// A run of digits at the front, at most nine; nullopt for none or more.
std::optional<std::int64_t> take_digits(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && text[length] >= '0' && text[length] <= '9') ++length;
  if (length == 0 || length > 9) return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + length, value);
  text.remove_prefix(length);
  return value;
}

/// "2 days, " at the front, if it is there: its number of days.
std::int64_t take_days(std::string_view& text) {
  std::string_view rest = text;
  const std::optional<std::int64_t> days = take_digits(rest);
  if (!days || !(take(rest, " days, ") || take(rest, " day, "))) return 0;
  text = rest;
  return *days;
}

}  // namespace

std::string python_radius_rounded_down(double radius) {
  if (!(std::isfinite(radius) && radius >= 0)) {
    throw InputError("radius {}: expected a finite number >= 0", radius);
  }
  return radius == 0 ? "0.0" : print_as_python(cut_to_three_digits(radius));
}

std::string python_timedelta(double seconds) {
  if (!(seconds >= 0 && seconds <= 1e12)) {
    throw InputError("a duration of {} s: expected 0 to 1e12", seconds);
  }
  const auto micros = static_cast<std::int64_t>(std::nearbyint(seconds * double{kMicro}));
  const std::int64_t whole = micros / kMicro;
  const std::int64_t days = whole / 86400;
  std::string text;
  if (days > 0) text = fmt::format("{} day{}, ", days, days == 1 ? "" : "s");
  text += fmt::format("{}:{:02}:{:02}", whole / 3600 % 24, whole / 60 % 60, whole % 60);
  if (micros % kMicro != 0) text += fmt::format(".{:06}", micros % kMicro);
  return text;
}

std::optional<double> parse_python_time(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    const std::optional<double> seconds = parse_finite(text);
    return seconds && *seconds >= 0 ? seconds : std::nullopt;
  }
  const std::int64_t days = take_days(text);
  const std::optional<std::int64_t> hours = take_digits(text);
  if (!hours || !take(text, ":")) return std::nullopt;
  const std::optional<std::int64_t> minutes = take_digits(text);
  if (!minutes || *minutes > 59 || !take(text, ":")) return std::nullopt;
  const std::optional<double> seconds = parse_finite(text);
  if (!seconds || !(*seconds >= 0 && *seconds < 60)) return std::nullopt;
  return static_cast<double>(days * 86400 + *hours * 3600 + *minutes * 60) + *seconds;
}

std::optional<double> parse_finite(std::string_view text) {
  const auto value = parse_number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

}  // namespace certify

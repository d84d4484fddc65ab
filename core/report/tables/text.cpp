#include "core/report/tables/text.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace certify {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::pair<char, const char*> kEntities[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Length of the well-formed UTF-8 sequence at the front; 0 when there is none. Follows table 3-7
/// of the Unicode standard: overlong forms and surrogates are not well-formed.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  const unsigned second = byte(1);
  if (lead == 0xE0 && second < 0xA0) return 0;
  if (lead == 0xED && second > 0x9F) return 0;
  if (lead == 0xF0 && second < 0x90) return 0;
  if (lead == 0xF4 && second > 0x8F) return 0;
  // U+FFFE and U+FFFF are UTF-8, but no characters of XML.
  if (lead == 0xEF && second == 0xBF && byte(2) >= 0xBE) return 0;
  return length;
}

/// Byte offset behind the first `count` code points.
std::size_t offset_of(std::string_view utf8, std::size_t count) {
  std::size_t offset = 0;
  for (; offset < utf8.size(); ++offset) {
    if (!is_continuation(utf8[offset]) && count-- == 0) break;
  }
  return offset;
}

bool is_separator(char c) { return c == '_' || c == '-' || c == '/' || c == ' '; }

/// Start of the last word that ends before `end`.
std::size_t word_start(std::string_view text, std::size_t end) {
  while (end > 0 && !is_separator(text[end - 1])) --end;
  return end;
}

std::size_t common_prefix(std::span<const RadiusLog> logs) {
  const std::string& first = logs.front().name;
  std::size_t common = first.size();
  for (const RadiusLog& log : logs) {
    const auto at = std::mismatch(first.begin(), first.end(), log.name.begin(), log.name.end());
    common = std::min(common, static_cast<std::size_t>(at.first - first.begin()));
  }
  return common;
}

/// Length of the words at the end that all names share and that may go.
std::size_t common_tail(std::span<const RadiusLog> logs, std::size_t from) {
  const std::string_view first = logs.front().name;
  std::size_t common = first.size() - from;
  for (const RadiusLog& log : logs) {
    const std::string_view name = log.name;
    const auto at = std::mismatch(first.rbegin(), first.rend(), name.rbegin(), name.rend());
    const auto same = static_cast<std::size_t>(at.first - first.rbegin());
    common = std::min({common, same, name.size() - from});
  }
  while (common > 0 && !is_separator(first[first.size() - common])) --common;
  return common;
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return !is_continuation(c); }));
}

std::string shortened(std::string_view utf8, std::size_t width) {
  const std::size_t length = display_width(utf8);
  if (length <= width) return std::string(utf8);
  const std::size_t head = (width - 1) / 2;
  const std::size_t tail = width - 1 - head;
  return std::string(utf8.substr(0, offset_of(utf8, head))) + "…" +
         std::string(utf8.substr(offset_of(utf8, length - tail)));
}

std::string on_one_line(const std::string& text) {
  std::string line = text;
  for (char& c : line) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return line;
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    const auto* const entity =
        std::ranges::find(kEntities, c, &std::pair<char, const char*>::first);
    if (length == 0 || (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') ||
        c == 0x7f) {
      out += kReplacement;
    } else if (entity != std::end(kEntities)) {
      out += entity->second;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string share_rounded_down(std::int64_t count, std::int64_t images) {
  const std::int64_t thousandths = count * 1000 / images;
  return fmt::format("{}.{:03}", thousandths / 1000, thousandths % 1000);
}

std::string share_rounded_down(double share) { return rounded_down(std::max(0.0, share)); }

std::string rounded_down(double value) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  double thousandths = std::floor(value * 1000);
  if (thousandths / 1000 > value) --thousandths;
  return fmt::format("{:.3f}", thousandths / 1000);
}

std::string rounded(double value, Rounding rounding) {
  if (rounding == Rounding::kDown) return rounded_down(value);
  std::string text = fmt::format("{:.3f}", value);
  return text == "-0.000" ? "0.000" : text;
}

std::string rounded_share(double share, Rounding rounding) {
  return rounded(std::max(0.0, share), rounding);
}

std::string rounded_share(std::int64_t count, std::int64_t images, Rounding rounding) {
  if (rounding == Rounding::kDown) return share_rounded_down(count, images);
  return rounded(static_cast<double>(count) / static_cast<double>(images), rounding);
}

const char* rounding_note(Rounding rounding) {
  return rounding == Rounding::kDown
             ? "Rounded down."
             : "Rounded to the nearest, as papers print; may exceed what is proven.";
}

std::string rho_suffix(double rho) { return rho == kRho ? "" : fmt::format("_rho_{}", rho); }

std::vector<std::string> aligned_decimals(std::span<const double> numbers) {
  int decimals = 0;
  for (const double number : numbers) {
    const std::string text = fmt::format("{:.6f}", number);
    const auto last = text.find_last_not_of('0');
    decimals = std::max(decimals, static_cast<int>(last) - static_cast<int>(text.find('.')));
  }
  std::vector<std::string> out;
  for (const double number : numbers) out.push_back(fmt::format("{:.{}f}", number, decimals));
  return out;
}

std::vector<std::string> short_names(std::span<const RadiusLog> logs) {
  std::size_t head = 0;
  std::size_t tail = 0;
  if (logs.size() > 1) {
    const std::string_view first = logs.front().name;
    head = word_start(first, common_prefix(logs));     // the first word that differs
    if (head > 0) head = word_start(first, head - 1);  // and the one before it
    if (head > 0 && first.substr(head).starts_with("=")) head = word_start(first, head - 1);
    tail = common_tail(logs, common_prefix(logs));
  }
  std::vector<std::string> names;
  for (const RadiusLog& log : logs) {
    std::string name = log.name.substr(head, log.name.size() - head - tail);
    if (tail > 0 && name.ends_with(',')) name.pop_back();
    names.push_back(name.empty() ? log.name : std::move(name));
  }
  return names;
}

std::string human_duration(double seconds) {
  if (seconds < 99.5) return fmt::format("{:.0f} s", seconds);
  if (seconds < 99.5 * 60) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.1f} h", seconds / 3600);
  if (seconds < 60 * 86400.0) return fmt::format("{:.1f} days", seconds / 86400);
  if (seconds < 730 * 86400.0) return fmt::format("{:.0f} months", seconds / (30.44 * 86400));
  return fmt::format("{:.0f} years", seconds / (365.25 * 86400));
}

}  // namespace certify

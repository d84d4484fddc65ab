#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace certify {

inline constexpr std::size_t kMostShown = 40;  ///< characters of a file's text in a message

/// The beginning of a file's text as it may stand in a message: short, and plain ASCII, as a file
/// of another kind may hold anything.
inline std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kMostShown)) shown += c < 0x20 || c >= 0x7f ? '?' : c;
  return shown;
}

}  // namespace certify

#pragma once
/// What all our pages begin and end with: one file, no network, readable on a phone and in the
/// dark.

#include <string>

namespace certify {

/// Up to and with the heading.
std::string html_head(const std::string& title);

inline constexpr const char* kHtmlFoot = "</main>\n</body>\n</html>\n";

}  // namespace certify

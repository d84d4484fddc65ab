#pragma once

namespace certify {

/// CSS of the page: light and dark, wide and on a phone, and on paper.
extern const char* const kPageStyle;

}  // namespace certify

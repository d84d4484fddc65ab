#pragma once

#include <span>
#include <string>
#include <string_view>

namespace certify {

/// The known word that a mistyped one is nearest to, by insertions, deletions, replacements and
/// swaps of neighbours; empty when none is near enough to be meant.
std::string nearest(std::string_view typed, std::span<const std::string_view> known);

}  // namespace certify

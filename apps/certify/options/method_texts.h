#pragma once
/// What `certify methods NAME` says of a method beyond what the method says of itself.

#include <string>
#include <string_view>

namespace certify {

/// Plain paragraphs, not wrapped.
struct MethodText {
  std::string formula;  ///< the radius, and the bounds it is made of
  std::string assumes;  ///< what has to be true for the guarantee to hold
  std::string alpha;    ///< what the failure probability is spent on
  std::string use;      ///< when to take it, and when another
};

/// @throws InputError for a name that no method has.
MethodText method_text(std::string_view name);

}  // namespace certify

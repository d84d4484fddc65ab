#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace certify {

inline constexpr std::size_t kImagenetClasses = 1000;

struct ImagenetClass {
  std::string_view folder;  ///< WordNet identifier, "n01440764"
  std::string_view name;    ///< "tench"
};

/// The classes of ILSVRC 2012 by label, which is also the order of their folders' names.
/// Source: the challenge's list of synsets, as timm ships it (Apache-2.0); names from WordNet.
std::span<const ImagenetClass, kImagenetClasses> imagenet_classes();

}  // namespace certify

#include "data/imagenet_classes.h"

#include <array>

namespace certify {

/// data/imagenet_classes.txt: WordNet 3.0 identifiers in their order, which is that of the
/// networks' outputs; each with its first lemma, told apart where two share it.
extern const std::string_view kImagenetClassLines;

std::span<const ImagenetClass, kImagenetClasses> imagenet_classes() {
  static const auto classes = [] {
    std::array<ImagenetClass, kImagenetClasses> out;
    std::string_view rest = kImagenetClassLines;
    for (ImagenetClass& one : out) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      const std::size_t blank = line.find(' ');
      one = {line.substr(0, blank), line.substr(blank + 1)};
      rest.remove_prefix(line.size() + 1);
    }
    return out;
  }();
  return classes;
}

}  // namespace certify

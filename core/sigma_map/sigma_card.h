#pragma once
/// What a map of sigma was learned on: an accuracy on those images says little about any other.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/sigma_map/sigma_map.h"

namespace certify {

/// Every `skip`-th image of a split from `start`, `count` of them.
struct LearnedImages {
  std::int64_t start = 0, skip = 1, count = 0;

  bool contains(std::int64_t image) const;
  std::int64_t last() const { return start + (count - 1) * skip; }
};

std::string to_string(const LearnedImages& images);  ///< "START:SKIP:COUNT", as manifests have it
/// @throws DataError for another text, start < 0, skip < 1 or count < 1.
LearnedImages parse_learned_images(const std::string& text);

/// The part of a card that says which images those are.
struct SigmaCard {
  std::string dataset_sha256;  ///< as in a run's manifest
  LearnedImages images;
};

/// The card beside a map, of the same name with .json; nothing where there is none.
/// @throws DataError naming the card where it is none, or that of a map with other values; IoError.
std::optional<SigmaCard> card_of_map(const std::filesystem::path& file, const SigmaMap& map);

}  // namespace certify

#include "core/sigma_map/sigma_card.h"

#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"

namespace certify {
namespace {

void check(const LearnedImages& images) {
  if (images.start >= 0 && images.skip >= 1 && images.count >= 1) return;
  throw DataError("start {}, skip {}, count {}: no images of a data set", images.start, images.skip,
                  images.count);
}

std::int64_t whole_number(const nlohmann::json& value) {
  if (!value.is_number_integer()) throw DataError(value.dump() + " is no whole number");
  return value.get<std::int64_t>();
}

SigmaCard parse_card(const std::string& text, const SigmaMap& map) {
  const auto json = nlohmann::json::parse(text);
  if (json.at("schema") != 1) throw DataError("schema " + json.at("schema").dump());
  const auto sha256 = json.at("sha256").get<std::string>();
  if (sha256 != map.sha256) throw DataError("its map has the hash {}, not {}", sha256, map.sha256);
  SigmaCard card{json.at("dataset_sha256").get<std::string>(),
                 {whole_number(json.at("start")), whole_number(json.at("skip")),
                  whole_number(json.at("count"))}};
  check(card.images);
  return card;
}

}  // namespace

bool LearnedImages::contains(std::int64_t image) const {
  const std::int64_t behind = image - start;
  return behind >= 0 && behind % skip == 0 && behind / skip < count;
}

std::string to_string(const LearnedImages& images) {
  return fmt::format("{}:{}:{}", images.start, images.skip, images.count);
}

LearnedImages parse_learned_images(const std::string& text) {
  std::istringstream in(text);
  LearnedImages images;
  char colon = 0;
  in >> images.start >> colon >> images.skip >> colon >> images.count;
  if (!in || to_string(images) != text) throw DataError("'{}': expected START:SKIP:COUNT", text);
  check(images);
  return images;
}

std::optional<SigmaCard> card_of_map(const std::filesystem::path& file, const SigmaMap& map) {
  const auto place = std::filesystem::path(file).replace_extension(".json");
  std::error_code failure;
  const auto status = std::filesystem::status(place, failure);
  if (status.type() == std::filesystem::file_type::none) {  // it may be there
    throw IoError("{}: {}", place.string(), failure.message());
  }
  if (!std::filesystem::is_regular_file(status)) return std::nullopt;
  const auto refuse = [&](const char* what) {
    return DataError(
        "{}: not the card of {}: {}; a file that has nothing to do with it needs another name",
        place.string(), file.filename().string(), what);
  };
  try {
    return parse_card(read_file(place), map);
  } catch (const nlohmann::json::exception& error) {
    throw refuse(error.what());
  } catch (const DataError& error) {
    throw refuse(error.what());
  }
}

}  // namespace certify

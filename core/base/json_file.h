#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace certify {

/// Keeps the order in which keys were written: it is the order of runs, tables and legends.
using Json = nlohmann::ordered_json;

/// What a program wrote. @throws DataError naming the file for what is no JSON, or has a key twice
/// in one object, of which readers would take either; IoError.
Json read_json(const std::filesystem::path& file);

/// "key 'sessions' not found": without the number that the library puts before it.
std::string reason_of(const nlohmann::json::exception& error);

/// A JSON object and where it stands, so that whatever is wrong with it can be found.
struct JsonPlace {
  Json json;
  std::filesystem::path file;
  std::string path;  ///< JSON pointer (RFC 6901) of the object in its file; empty for the root

  /// "table1.json: /grid/alpha"
  std::string at(std::string_view key) const;
  std::string here() const;
};

/// @throws DataError for a file that is not there; InputError for one that is no JSON object, or
/// has a key twice.
JsonPlace read_json_object(const std::filesystem::path& file);

/// @throws InputError for another type, naming the place.
JsonPlace object_at(const JsonPlace& parent, const std::string& key);
std::string text_at(const JsonPlace& parent, const std::string& key);

/// Names the nearest of the keys that there are. @throws InputError always.
[[noreturn]] void refuse_key(const JsonPlace& parent, const std::string& key,
                             std::span<const std::string_view> known);

}  // namespace certify

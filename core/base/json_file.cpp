#include "core/base/json_file.h"

#include <set>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/nearest.h"

namespace certify {
namespace {

/// ~ and / in a key are written ~0 and ~1.
std::string escaped_key(std::string_view key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

/// JSON's parser keeps the last of two equal keys; one of them was a mistake.
class RepeatedKeys {
 public:
  bool operator()(int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end) open_.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto key = parsed.get<std::string>();
      if (!open_.back().insert(key).second) repeated_ = key;
    }
    return true;
  }
  const std::string& repeated() const { return repeated_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string repeated_;
};

/// @throws DataError for a key that is there twice; nlohmann::json::exception for what is no JSON.
Json parse_json(const std::string& text) {
  RepeatedKeys keys;
  Json json = Json::parse(text, std::ref(keys));
  if (keys.repeated().empty()) return json;
  throw DataError("the key '{}' is there twice in one object", keys.repeated());
}

}  // namespace

std::string JsonPlace::here() const {
  return path.empty() ? file.string() : fmt::format("{}: {}", file.string(), path);
}

std::string JsonPlace::at(std::string_view key) const {
  return fmt::format("{}: {}/{}", file.string(), path, escaped_key(key));
}

std::string reason_of(const nlohmann::json::exception& error) {
  const std::string text = error.what();
  const auto end = text.find("] ");
  return text.starts_with('[') && end != text.npos ? text.substr(end + 2) : text;
}

Json read_json(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  try {
    return parse_json(text);
  } catch (const DataError& error) {
    throw DataError("{}: {}", file.string(), error.what());
  } catch (const nlohmann::json::exception& error) {
    throw DataError("{}: {}", file.string(), reason_of(error));
  }
}

JsonPlace read_json_object(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) throw DataError("{}: no such file", file.string());
  JsonPlace place{{}, file, ""};
  const std::string text = read_file(file);
  try {
    place.json = parse_json(text);
  } catch (const DataError& error) {
    throw InputError("{}: {}", file.string(), error.what());
  } catch (const nlohmann::json::exception& error) {  // a number may also be out of range
    throw InputError("{}: no JSON: {}", file.string(), error.what());
  }
  if (!place.json.is_object()) throw InputError("{}: expected a JSON object", file.string());
  return place;
}

JsonPlace object_at(const JsonPlace& parent, const std::string& key) {
  JsonPlace place{parent.json.at(key), parent.file, parent.path + "/" + escaped_key(key)};
  if (!place.json.is_object()) throw InputError("{}: expected an object", place.here());
  return place;
}

std::string text_at(const JsonPlace& parent, const std::string& key) {
  const Json& value = parent.json.at(key);
  if (!value.is_string()) throw InputError("{} {}: expected a text", parent.at(key), value.dump());
  return value.get<std::string>();
}

void refuse_key(const JsonPlace& parent, const std::string& key,
                std::span<const std::string_view> known) {
  const std::string near = nearest(key, known);
  throw InputError(
      "{}: no such key{}", parent.at(key),
      near.empty() ? "; `certify schema` lists them" : fmt::format("; did you mean '{}'?", near));
}

}  // namespace certify

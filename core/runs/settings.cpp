#include "core/runs/settings.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/parse.h"
#include "core/noise/families.h"

namespace certify {

using Json = nlohmann::ordered_json;

Noise RunSettings::noise_value(const SigmaMap* map) const {
  return {&noise_family_of_stream(noise), sigma, map};
}

MethodOptions RunSettings::method_options(const SigmaMap* map) const {
  const Noise value = noise_value(map);
  const double samples = static_cast<double>(n0) + static_cast<double>(n);
  constexpr double kUp = 1 + 1e-12;  // far above the rounding of two products
  return {value, alpha, select, lipschitz, value.total_variation(shape.size()) * samples * kUp};
}

std::string RunSettings::classifier_name() const {
  return denoiser ? fmt::format("{} + {}", denoiser->name, model) : model;
}

Denoiser RunSettings::denoiser_in(const std::filesystem::path& file) const {
  if (!denoiser) return {};
  return {file, denoiser_call(denoiser->kind, sigma), denoiser->resize};
}

Shard parse_shard(const std::string& text) {
  const auto parts = split(text, '/');
  const auto index = parse_number<int>(parts.front()), count = parse_number<int>(parts.back());
  if (parts.size() != 2 || !index || !count || *index < 0 || *index >= *count) {
    throw InputError("--shard {}: expected i/N with 0 <= i < N", text);
  }
  return {*index, *count};
}

std::string to_string(const Shard& shard) { return fmt::format("{}/{}", shard.index, shard.count); }

namespace {

/// How a value stands in JSON.
template <class Value>
Json written(const Value& value) {
  if constexpr (requires { to_string(value); }) {
    return to_string(value);
  } else {
    return value;
  }
}
Json written(const ImageShape& shape) { return {shape.channels, shape.height, shape.width}; }
std::string written(const std::optional<LearnedImages>& images) {
  return images ? to_string(*images) : "";
}
Json written(const std::optional<DenoiserSettings>& d) {
  if (!d) return nullptr;
  return {{"name", d->name},
          {"sha256", d->sha256},
          {"kind", d->kind},
          {"step", d->step},
          {"resize", d->resize}};
}

template <class Value>
void read(const Json& json, Value& value) {
  json.get_to(value);
}
void read(const Json& json, ImageShape& shape) {
  const auto sizes = json.get<std::vector<int>>();
  if (sizes.size() != 3) throw DataError("expected [channels, height, width]");
  shape = {sizes[0], sizes[1], sizes[2]};
}
void read(const Json& json, Shard& shard) { shard = parse_shard(json.get<std::string>()); }
void read(const Json& json, Selection& word) { word = parse_selection(json.get<std::string>()); }
void read(const Json& json, ScoreKeeping& word) {
  word = parse_score_keeping(json.get<std::string>());
}
void read(const Json& json, ScoreLink& word) { word = parse_score_link(json.get<std::string>()); }
void read(const Json& json, Precision& word) { word = parse_precision(json.get<std::string>()); }
void read(const Json& json, std::optional<LearnedImages>& images) {
  const auto text = json.get<std::string>();
  if (!text.empty()) images = parse_learned_images(text);
}

void read(const Json& json, std::optional<DenoiserSettings>& d) {
  if (json.is_null()) return;
  d.emplace();
  json.at("name").get_to(d->name);
  json.at("sha256").get_to(d->sha256);
  json.at("kind").get_to(d->kind);
  json.at("step").get_to(d->step);
  json.at("resize").get_to(d->resize);
}

/// Keys that came later: runs from before have none of what they are about.
constexpr std::string_view kLaterKeys[] = {"stop_at",        "gradient",        "keep_gradient",
                                           "masks",          "deterministic",   "sigma_map",
                                           "sigma_map_seen", "batch_dependent", "output",
                                           "calibration",    "int8_ranges",     "denoiser"};

/// Every setting with its key, in the order of the file: the one list of them.
template <class Settings, class Each>
void for_each_key(Settings& s, const Each& each) {
  each("dataset", s.dataset);
  each("split", s.split);
  each("dataset_sha256", s.dataset_sha256);
  each("shape", s.shape);
  each("classes", s.classes);
  each("start", s.start);
  each("skip", s.skip);
  each("count", s.count);
  each("shard", s.shard);
  each("model", s.model);
  each("model_sha256", s.model_sha256);
  each("normalize", s.normalize);
  each("output", s.output);
  each("denoiser", s.denoiser);
  each("sigma", s.sigma);
  each("sigma_map", s.sigma_map);
  each("sigma_map_seen", s.sigma_map_seen);
  each("n0", s.n0);
  each("n", s.n);
  each("seed", s.seed);
  each("method", s.method);
  each("select", s.select);
  each("alpha", s.alpha);
  each("lipschitz", s.lipschitz);
  each("scores", s.scores.keep);
  each("score_link", s.scores.link);
  each("temperature", s.scores.temperature);
  each("score_bins", s.scores.bins);
  each("stop_at", s.stop_at);
  each("gradient", s.gradient);
  each("keep_gradient", s.keep_gradient);
  each("masks", s.masks);
  each("device", s.device);
  each("precision", s.precision);
  each("calibration", s.calibration);
  each("int8_ranges", s.int8_ranges);
  each("deterministic", s.deterministic);
  each("batch", s.batch);
  each("batch_dependent", s.batch_dependent);
  each("noise", s.noise);
  each("libtorch", s.libtorch);
}

}  // namespace

Json to_json(const RunSettings& settings) {
  Json json = Json::object();
  for_each_key(settings, [&](const char* key, const auto& value) { json[key] = written(value); });
  if (settings.absent_keys.empty()) return json;
  static const Json untouched = to_json(RunSettings{});
  for (const std::string& key : settings.absent_keys) {
    if (json.at(key) == untouched.at(key)) json.erase(key);
  }
  return json;
}

RunSettings settings_from_json(const Json& json) {
  RunSettings settings;
  std::set<std::string_view> known;
  for_each_key(settings, [&](const char* key, auto& value) {
    known.insert(key);
    const bool later = std::ranges::find(kLaterKeys, key) != std::end(kLaterKeys);
    if (later && !json.contains(key)) {
      settings.absent_keys.emplace_back(key);
      return;
    }
    try {
      read(json.at(key), value);
    } catch (const nlohmann::json::exception& error) {
      throw DataError("settings: '{}': {}", key, error.what());
    } catch (const Error& error) {
      throw DataError("settings: '{}': {}", key, error.what());
    }
  });
  for (const auto& [key, value] : json.items()) {  // it would be in no digest
    if (!known.contains(key)) throw DataError("settings: '{}' is not known to this program", key);
  }
  settings.scores.of_label = settings.select == Selection::kLabel;
  return settings;
}

namespace {

/// Ranges of a large network would fill the screen.
std::string short_dump(const Json& value) {
  constexpr std::size_t kMost = 120;
  const std::string text = value.dump();
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

}  // namespace

std::vector<std::string> differences(const RunSettings& there, const RunSettings& now) {
  const auto all_keys = [](RunSettings settings) {
    settings.absent_keys.clear();
    return to_json(settings);
  };
  const Json theirs = all_keys(there), ours = all_keys(now);
  const auto differs = [&](const std::string& key) { return theirs.at(key) != ours.at(key); };
  std::vector<std::string> lines;
  for (const auto& [key, value] : theirs.items()) {
    const bool follows = key == "batch" && (differs("n") || differs("n0"));
    if (!differs(key) || follows) continue;
    const Json& other = ours.at(key);
    if (!value.is_object() || !other.is_object()) {
      lines.push_back(
          fmt::format("{}: {} there, {} now", key, short_dump(value), short_dump(other)));
      continue;
    }
    for (const auto& [member, part] : value.items()) {
      if (part == other.at(member)) continue;
      lines.push_back(fmt::format("{}'s {}: {} there, {} now", key, member, short_dump(part),
                                  short_dump(other.at(member))));
    }
  }
  return lines;
}

}  // namespace certify

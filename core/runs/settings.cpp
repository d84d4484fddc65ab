#include "core/runs/settings.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/noise/families.h"

namespace certify {

using Json = nlohmann::ordered_json;

namespace {

/// The value that is written `text`.
template <class Value>
Value parse_word(const std::string& text, const char* option, std::initializer_list<Value> values) {
  std::vector<std::string> words;
  for (const Value value : values) {
    if (text == to_string(value)) return value;
    words.push_back(to_string(value));
  }
  throw InputError(fmt::format("{} {}: expected {}", option, text, fmt::join(words, ", ")));
}

}  // namespace

Noise RunSettings::noise_value(const SigmaMap* map) const {
  return {&noise_family_of_stream(noise), sigma, map};
}

std::string to_string(Selection select) {
  switch (select) {
    case Selection::kSeparate:
      return "n0";
    case Selection::kSame:
      return "same";
    case Selection::kLabel:
      return "label";
  }
  throw InputError("no such selection");
}

std::string to_string(ScoreKeeping keep) {
  switch (keep) {
    case ScoreKeeping::kNone:
      return "none";
    case ScoreKeeping::kTrace:
      return "trace";
    case ScoreKeeping::kHistogram:
      return "histogram";
    case ScoreKeeping::kMatrix:
      return "matrix";
  }
  throw InputError("no such way to keep scores");
}

std::string to_string(ScoreLink link) {
  return link == ScoreLink::kSoftmax ? "softmax" : "sparsemax";
}

Selection parse_selection(const std::string& text) {
  return parse_word<Selection>(text, "--select",
                               {Selection::kSeparate, Selection::kSame, Selection::kLabel});
}

ScoreKeeping parse_score_keeping(const std::string& text) {
  return parse_word<ScoreKeeping>(
      text, "--scores",
      {ScoreKeeping::kNone, ScoreKeeping::kTrace, ScoreKeeping::kHistogram, ScoreKeeping::kMatrix});
}

ScoreLink parse_score_link(const std::string& text) {
  return parse_word<ScoreLink>(text, "--score-link", {ScoreLink::kSoftmax, ScoreLink::kSparsemax});
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.index);
  const bool slash = first.ec == std::errc{} && first.ptr != end && *first.ptr == '/';
  const auto second = slash ? std::from_chars(first.ptr + 1, end, shard.count) : first;
  if (!slash || second.ec != std::errc{} || second.ptr != end || shard.index < 0 ||
      shard.index >= shard.count) {
    throw InputError(fmt::format("--shard {}: expected i/N with 0 <= i < N", text));
  }
  return shard;
}

std::string to_string(const Shard& shard) { return fmt::format("{}/{}", shard.index, shard.count); }

namespace {

/// How a value stands in JSON.
template <class Value>
const Value& written(const Value& value) {
  return value;
}
Json written(const ImageShape& shape) { return {shape.channels, shape.height, shape.width}; }
std::string written(const Shard& shard) { return to_string(shard); }
std::string written(Selection select) { return to_string(select); }
std::string written(ScoreKeeping keep) { return to_string(keep); }
std::string written(ScoreLink link) { return to_string(link); }
std::string written(Precision precision) { return to_string(precision); }
std::string written(const std::optional<LearnedImages>& images) {
  return images ? to_string(*images) : "";
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
void read(const Json& json, Selection& select) {
  select = parse_selection(json.get<std::string>());
}
void read(const Json& json, ScoreKeeping& keep) {
  keep = parse_score_keeping(json.get<std::string>());
}
void read(const Json& json, ScoreLink& link) { link = parse_score_link(json.get<std::string>()); }
void read(const Json& json, Precision& precision) {
  precision = parse_precision(json.get<std::string>());
}
void read(const Json& json, std::optional<LearnedImages>& images) {
  const auto text = json.get<std::string>();
  if (!text.empty()) images = parse_learned_images(text);
}

/// Keys that came later: runs from before have none of what they are about.
constexpr std::string_view kLaterKeys[] = {"stop_at",       "gradient",  "keep_gradient", "masks",
                                           "deterministic", "sigma_map", "sigma_map_seen"};

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
  each("deterministic", s.deterministic);
  each("batch", s.batch);
  each("noise", s.noise);
  each("libtorch", s.libtorch);
}

}  // namespace

Json to_json(const RunSettings& settings) {
  Json json = Json::object();
  for_each_key(settings, [&](const char* key, const auto& value) { json[key] = written(value); });
  return json;
}

RunSettings settings_from_json(const Json& json) {
  RunSettings settings;
  for_each_key(settings, [&](const char* key, auto& value) {
    const bool later = std::ranges::find(kLaterKeys, key) != std::end(kLaterKeys);
    if (later && !json.contains(key)) return;
    try {
      read(json.at(key), value);
    } catch (const nlohmann::json::exception& error) {
      throw DataError(fmt::format("settings: '{}': {}", key, error.what()));
    } catch (const Error& error) {
      throw DataError(fmt::format("settings: '{}': {}", key, error.what()));
    }
  });
  settings.scores.of_label = settings.select == Selection::kLabel;
  return settings;
}

std::vector<std::string> differences(const RunSettings& there, const RunSettings& now) {
  const Json theirs = to_json(there), ours = to_json(now);
  const auto differs = [&](const std::string& key) { return theirs.at(key) != ours.at(key); };
  std::vector<std::string> lines;
  for (const auto& [key, value] : theirs.items()) {
    const bool follows = key == "batch" && (differs("n") || differs("n0"));
    if (differs(key) && !follows) {
      lines.push_back(fmt::format("{}: {} there, {} now", key, value.dump(), ours.at(key).dump()));
    }
  }
  return lines;
}

}  // namespace certify

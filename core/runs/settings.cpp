#include "core/runs/settings.h"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"

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

Json to_json(const RunSettings& s) {
  return Json{{"dataset", s.dataset},
              {"split", s.split},
              {"dataset_sha256", s.dataset_sha256},
              {"shape", {s.shape.channels, s.shape.height, s.shape.width}},
              {"classes", s.classes},
              {"start", s.start},
              {"skip", s.skip},
              {"count", s.count},
              {"shard", to_string(s.shard)},
              {"model", s.model},
              {"model_sha256", s.model_sha256},
              {"normalize", s.normalize},
              {"sigma", s.sigma},
              {"n0", s.n0},
              {"n", s.n},
              {"seed", s.seed},
              {"method", s.method},
              {"select", to_string(s.select)},
              {"alpha", s.alpha},
              {"lipschitz", s.lipschitz},
              {"scores", to_string(s.scores.keep)},
              {"score_link", to_string(s.scores.link)},
              {"temperature", s.scores.temperature},
              {"score_bins", s.scores.bins},
              {"device", s.device},
              {"precision", s.precision},
              {"batch", s.batch},
              {"noise", s.noise},
              {"libtorch", s.libtorch}};
}

RunSettings settings_from_json(const Json& json) {
  RunSettings s;
  std::string shard, select, scores, link;
  const auto read = [&](const char* key, auto& value) {
    try {
      json.at(key).get_to(value);
    } catch (const nlohmann::json::exception& error) {
      throw DataError(fmt::format("settings: '{}': {}", key, error.what()));
    }
  };
  std::vector<int> shape;
  read("dataset", s.dataset);
  read("split", s.split);
  read("dataset_sha256", s.dataset_sha256);
  read("shape", shape);
  read("classes", s.classes);
  read("start", s.start);
  read("skip", s.skip);
  read("count", s.count);
  read("shard", shard);
  read("model", s.model);
  read("model_sha256", s.model_sha256);
  read("normalize", s.normalize);
  read("sigma", s.sigma);
  read("n0", s.n0);
  read("n", s.n);
  read("seed", s.seed);
  read("method", s.method);
  read("select", select);
  read("alpha", s.alpha);
  read("lipschitz", s.lipschitz);
  read("scores", scores);
  read("score_link", link);
  read("temperature", s.scores.temperature);
  read("score_bins", s.scores.bins);
  read("device", s.device);
  read("precision", s.precision);
  read("batch", s.batch);
  read("noise", s.noise);
  read("libtorch", s.libtorch);
  if (shape.size() != 3) throw DataError("settings: 'shape' is not [channels, height, width]");
  s.shape = {shape[0], shape[1], shape[2]};
  s.shard = parse_shard(shard);
  s.select = parse_selection(select);
  s.scores.keep = parse_score_keeping(scores);
  s.scores.link = parse_score_link(link);
  s.scores.of_label = s.select == Selection::kLabel;
  return s;
}

std::vector<std::string> differences(const RunSettings& there, const RunSettings& now) {
  std::vector<std::string> lines;
  const Json theirs = to_json(there), ours = to_json(now);
  for (const auto& [key, value] : theirs.items()) {
    if (ours.at(key) != value) {
      lines.push_back(fmt::format("{}: {} there, {} now", key, value.dump(), ours.at(key).dump()));
    }
  }
  return lines;
}

}  // namespace certify

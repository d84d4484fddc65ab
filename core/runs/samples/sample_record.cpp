#include "core/runs/samples/sample_record.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/crc.hpp>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/parse.h"
#include "core/base/words.h"
#include "core/methods/counts/stop_at.h"

namespace certify {
namespace {

using Json = nlohmann::ordered_json;  // subspaces keep their order

constexpr std::string_view kCrcKey = ",\"crc\":\"", kSecondsKey = ",\"seconds\":";

std::string crc_of(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return fmt::format("{:08x}", crc.checksum());
}

std::string votes_to_json(const ClassCounts& counts) {
  std::string out = "{";
  for (std::size_t k = 0; k < counts.votes.size(); ++k) {
    if (counts.votes[k] == 0) continue;
    out += fmt::format("{}\"{}\":{}", out.size() > 1 ? "," : "", k, counts.votes[k]);
  }
  return out + "}";
}

/// The text before the checksum, which is checked.
std::string_view checked_body(std::string_view line) {
  const auto at = line.rfind(kCrcKey);
  if (at == std::string_view::npos) throw DataError("no checksum");
  const std::string_view body = line.substr(0, at);
  const std::string_view tail = line.substr(at + kCrcKey.size());
  if (tail != crc_of(body) + "\"}") throw DataError("the checksum does not fit the content");
  return body;
}

constexpr EnumWords<3> kStopReasons{"", "certified", "hopeless"};

StopReason parse_stop(const Json& json, const RecordShape& shape) {
  const auto found = json.find("stopped");
  if (found == json.end()) return StopReason::kNone;
  if (!shape.stops) throw DataError("was stopped, but the run draws all samples of every image");
  for (const StopReason reason : {StopReason::kCertified, StopReason::kHopeless}) {
    if (found->get<std::string>() == word_of(kStopReasons, reason)) return reason;
  }
  throw DataError("stopped: {}: expected certified or hopeless", found->dump());
}

std::int64_t integer(const Json& value, const char* what) {
  if (!value.is_number_integer()) throw DataError("{} is no whole number", what);
  return value.get<std::int64_t>();
}

/// @param most  what they may sum to; 0 belongs to a phase that was not sampled
ClassCounts parse_counts(const Json& votes, std::int64_t invalid, int classes, std::int64_t most) {
  ClassCounts counts;
  counts.votes.resize(static_cast<std::size_t>(classes));
  counts.invalid = invalid;
  if (!votes.is_object()) throw DataError("counts are no object of class: votes");
  std::int64_t left = most - invalid;
  for (const auto& [key, value] : votes.items()) {
    const auto k = parse_number<int>(key);
    if (!k || *k < 0 || *k >= classes) {
      throw DataError("class '{}' is outside 0..{}", key, classes - 1);
    }
    const std::int64_t count = integer(value, "a count");
    if (count < 0 || count > left) throw DataError("counts do not sum to {}", most);
    counts.votes[static_cast<std::size_t>(*k)] = count;
    left -= count;
  }
  if (invalid < 0 || left < 0) throw DataError("counts do not sum to {}", most);
  return counts;
}

void check_totals(const ImageSamples& samples, const RecordShape& shape) {
  if (samples.selection.total() != shape.n0) throw DataError("counts do not sum to {}", shape.n0);
  const std::int64_t drawn = samples.estimation.total();
  if (samples.stopped == StopReason::kNone && drawn != shape.n) {
    throw DataError("counts do not sum to {}", shape.n);
  }
  if (samples.stopped != StopReason::kNone && (drawn == shape.n || !is_look(drawn, shape.n))) {
    throw DataError("counts sum to {}, where the rule does not stop", drawn);
  }
}

std::optional<ScoreEntry> parse_scores(const Json& json, const RecordShape& shape) {
  const bool expected = shape.scores.keep != ScoreKeeping::kNone;
  if (json.contains("scores") != expected) {
    throw DataError(expected ? "the scores are missing" : "has scores, but the run keeps none");
  }
  if (!expected) return std::nullopt;
  const Json& scores = json.at("scores");
  ScoreEntry entry{scores.at("tested").get<int>(), scores.at("candidates").get<std::vector<int>>(),
                   scores.at("selection_means").get<std::vector<double>>(),
                   scores.at("sha256").get<std::string>()};
  const auto outside = [&](int c) { return c < -1 || c >= shape.classes; };
  if (outside(entry.tested) ||
      std::any_of(entry.candidates.begin(), entry.candidates.end(), outside)) {
    throw DataError("scores of a class that does not exist");
  }
  return entry;
}

std::string gradient_to_json(const GradientStatistics& gradient, const std::string& sha256) {
  std::string subspaces;
  for (const SubspaceDot& s : gradient.subspaces) {
    subspaces +=
        fmt::format(R"({}"{}":[{},{}])", subspaces.empty() ? "" : ",", s.name, s.dimension, s.dot);
  }
  return fmt::format(
      R"({{"tested":{},"samples":[{},{}],"dimension":{},"dot":{},"largest":{},"subspaces":{{{}}}{}}})",
      gradient.tested, gradient.n1, gradient.n2, gradient.dimension, gradient.dot, gradient.largest,
      subspaces, sha256.empty() ? "" : fmt::format(R"(,"sha256":"{}")", sha256));
}

double finite(const Json& value) {
  const auto number = value.get<double>();
  if (!std::isfinite(number)) throw DataError("a gradient statistic is not finite");
  return number;
}

GradientStatistics parse_gradient(const Json& json, const RecordShape& shape) {
  if (json.contains("gradient") != shape.gradient) {
    throw DataError(shape.gradient ? "the gradient statistics are missing"
                                   : "has gradient statistics, but the run keeps none");
  }
  GradientStatistics out;
  if (!shape.gradient) return out;
  const Json& gradient = json.at("gradient");
  out.tested = gradient.at("tested").get<int>();
  out.n1 = integer(gradient.at("samples").at(0), "a half of the samples");
  out.n2 = integer(gradient.at("samples").at(1), "a half of the samples");
  out.dimension = integer(gradient.at("dimension"), "the dimension");
  out.dot = finite(gradient.at("dot"));
  out.largest = finite(gradient.at("largest"));
  for (const auto& [name, values] : gradient.at("subspaces").items()) {
    out.subspaces.push_back(
        {name, integer(values.at(0), "a subspace's dimension"), finite(values.at(1))});
    const std::int64_t dimension = out.subspaces.back().dimension;
    if (dimension < 1 || dimension > shape.dimension) {
      throw DataError("a subspace of {} dimensions", dimension);
    }
  }
  if (out.tested < -1 || out.tested >= shape.classes) {
    throw DataError("gradient statistics of a class that does not exist");
  }
  if (out.n1 < 1 || out.n2 < 1 || out.n1 + out.n2 != shape.n) {
    throw DataError("gradient statistics of {} + {} samples, {} expected", out.n1, out.n2, shape.n);
  }
  if (out.dimension != shape.dimension || out.largest < 0) {
    throw DataError("gradient statistics in {} dimensions, {} expected", out.dimension,
                    shape.dimension);
  }
  return out;
}

}  // namespace

std::string to_line(const ImageSamples& samples, const std::optional<ScoreEntry>& scores,
                    const std::string& gradient_sha256) {
  std::string body = fmt::format(
      R"({{"index":{},"label":{},"selection":{},"estimation":{},"invalid":[{},{}])", samples.index,
      samples.label, votes_to_json(samples.selection), votes_to_json(samples.estimation),
      samples.selection.invalid, samples.estimation.invalid);
  if (samples.stopped != StopReason::kNone) {
    body += fmt::format(R"(,"stopped":"{}")", word_of(kStopReasons, samples.stopped));
  }
  body += fmt::format(R"(,"seconds":{:.6f})", samples.seconds);
  if (scores) {
    body += fmt::format(
        R"(,"scores":{{"tested":{},"candidates":[{}],"selection_means":[{}],"sha256":"{}"}})",
        scores->tested, fmt::join(scores->candidates, ","), fmt::join(scores->selection_means, ","),
        scores->sha256);
  }
  if (!samples.gradient.empty()) {
    body += ",\"gradient\":" + gradient_to_json(samples.gradient, gradient_sha256);
  }
  return fmt::format("{}{}{}\"}}", body, kCrcKey, crc_of(body));
}

std::string timeless(std::string_view line) {
  const std::string_view body = line.substr(0, line.rfind(kCrcKey));
  const auto at = body.find(kSecondsKey);
  if (at == std::string_view::npos) return std::string(body);
  const auto end = std::min(body.size(), body.find(',', at + 1));
  return std::string(body.substr(0, at)).append(body.substr(end));
}

SampleRecord parse_line(std::string_view line, const RecordShape& shape) {
  try {
    const Json json = Json::parse(std::string(checked_body(line)) + "}");
    SampleRecord record;
    ImageSamples& samples = record.samples;
    samples.index = integer(json.at("index"), "index");
    const std::int64_t label = integer(json.at("label"), "label");
    if (label < 0 || label >= shape.classes) {
      throw DataError("label {} is outside 0..{}", label, shape.classes - 1);
    }
    samples.label = static_cast<int>(label);
    const Json& invalid = json.at("invalid");
    samples.selection = parse_counts(json.at("selection"), integer(invalid.at(0), "invalid"),
                                     shape.classes, shape.n0);
    samples.estimation = parse_counts(json.at("estimation"), integer(invalid.at(1), "invalid"),
                                      shape.classes, shape.n);
    samples.stopped = parse_stop(json, shape);
    check_totals(samples, shape);
    samples.seconds = json.at("seconds").get<double>();
    if (!(samples.seconds >= 0 && std::isfinite(samples.seconds))) throw DataError("seconds < 0");
    record.scores = parse_scores(json, shape);
    samples.gradient = parse_gradient(json, shape);
    if (shape.keeps_mean) record.gradient_sha256 = json.at("gradient").at("sha256");
    return record;
  } catch (const nlohmann::json::exception& error) {
    throw DataError("no sample record: {}", error.what());
  }
}

}  // namespace certify

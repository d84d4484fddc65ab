#include "core/configs/output_spec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr std::array<std::string_view, 8> kOutputKeys{"kind", "title", "caption", "x",
                                                      "y",    "at",    "runs",    "label"};
constexpr std::array<std::string_view, 9> kDistances{"radius",    "first-margin", "second-margin",
                                                     "radius-l1", "radius-R",     "radius-G",
                                                     "radius-B",  "log-area",     "log-volume"};
constexpr std::array<std::string_view, 3> kHeights{"certified-accuracy", "average-radius",
                                                   "clean-accuracy"};
constexpr std::array<std::string_view, 2> kKinds{"figure", "table"};

std::string word_at(const JsonPlace& output, const std::string& key,
                    std::span<const std::string_view> words) {
  const std::string word = text_at(output, key);
  if (std::find(words.begin(), words.end(), word) == words.end()) {
    throw InputError("{} {}: expected {}", output.at(key), word, fmt::join(words, ", "));
  }
  return word;
}

std::vector<double> numbers_at(const JsonPlace& output, const std::string& key) {
  const Json& list = output.json.at(key);
  std::vector<double> numbers;
  for (const Json& number : list.is_array() ? list : Json::array({list})) {
    if (!number.is_number()) {
      throw InputError("{} {}: expected numbers", output.at(key), number.dump());
    }
    if (!numbers.empty() && !(number.get<double>() > numbers.back())) {
      throw InputError("{}: expected rising numbers", output.at(key));
    }
    numbers.push_back(number.get<double>());
  }
  if (numbers.empty()) throw InputError("{}: an empty list", output.at(key));
  return numbers;
}

std::vector<std::pair<std::string, std::vector<Json>>> filter_at(const JsonPlace& output) {
  const JsonPlace filter = object_at(output, "runs");
  std::vector<std::pair<std::string, std::vector<Json>>> out;
  for (const auto& [name, wanted] : filter.json.items()) {
    const OptionSpec* option = find_option(name);
    if (!option) refuse_key(filter, name, option_names());
    std::vector<Json> values;
    for (const Json& value : wanted.is_array() ? wanted : Json::array({wanted})) {
      values.push_back(checked_option(*option, value, filter.at(name)));
    }
    if (values.empty()) throw InputError("{}: an empty list", filter.at(name));
    out.emplace_back(name, std::move(values));
  }
  return out;
}

void check_together(const OutputSpec& output) {
  const bool distance = !output.over_an_option();
  if (!distance && find_option(output.x) == nullptr) {
    throw InputError("{}/x {}: expected {} or the name of an option", output.origin, output.x,
                     fmt::join(kDistances, ", "));
  }
  if (output.kind == OutputKind::kFigure && !distance) {
    throw InputError("{}/x {}: a figure is drawn against {}", output.origin, output.x,
                     fmt::join(kDistances, ", "));
  }
  if (output.kind == OutputKind::kFigure && !output.at.empty()) {
    throw InputError("{}/at: is for tables", output.origin);
  }
  if (!output.over_areas() && !output.at.empty() && output.at.front() < 0) {
    throw InputError("{}/at {}: expected numbers of at least 0", output.origin, output.at.front());
  }
  if (output.is_blanket() && !(output.kind == OutputKind::kFigure && output.over_areas())) {
    throw InputError("{}/y {}: only of figures over log-area or log-volume", output.origin,
                     output.y);
  }
  if (distance && output.y != kHeights.front() && !output.is_blanket()) {
    throw InputError("{}/y {}: only where x is an option", output.origin, output.y);
  }
  if (!distance && output.y == kHeights.front() && output.at.size() != 1) {
    throw InputError("{}/at: expected the one radius of the column", output.origin);
  }
}

}  // namespace

bool OutputSpec::over_an_option() const {
  return std::find(kDistances.begin(), kDistances.end(), x) == kDistances.end();
}

OutputSpec read_output(const JsonPlace& outputs, const std::string& name) {
  if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_-") != std::string::npos) {
    throw InputError(
        "{}: the name of an output becomes that of its files; expected "
        "letters, digits, _ and -",
        outputs.at(name));
  }
  const JsonPlace output = object_at(outputs, name);
  OutputSpec spec;
  spec.name = name;
  spec.origin = output.here();
  spec.json = output.json;
  for (const auto& [key, value] : output.json.items()) {
    if (std::ranges::find(kOutputKeys, key) == kOutputKeys.end())
      refuse_key(output, key, kOutputKeys);
  }
  const auto has = [&](const char* key) { return output.json.contains(key); };
  for (const auto& [key, text] : {std::pair{"title", &spec.title},
                                  {"caption", &spec.caption},
                                  {"x", &spec.x},
                                  {"label", &spec.label}}) {
    if (has(key)) *text = text_at(output, key);
  }
  if (has("kind") && word_at(output, "kind", kKinds) == "table") spec.kind = OutputKind::kTable;
  if (has("y")) spec.y = word_at(output, "y", kHeights);
  if (has("at")) spec.at = numbers_at(output, "at");
  if (has("runs")) spec.runs = filter_at(output);
  check_together(spec);
  if (!spec.label.empty()) fill_pattern(spec.label, "", OptionSet(), output.at("label"));
  return spec;
}

std::string fill_pattern(const std::string& pattern, const std::string& name,
                         const OptionSet& options, const std::string& place) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      out += pattern[i];
      continue;
    }
    const std::size_t end = pattern.find('}', i);
    const std::string word =
        end == std::string::npos ? pattern.substr(i + 1) : pattern.substr(i + 1, end - i - 1);
    if (end == std::string::npos || (word != "name" && find_option(word) == nullptr)) {
      throw InputError("{} {}: '{}' is no option", place, pattern, word);
    }
    out += word == "name" ? name : short_value(options, word);
    i = end;
  }
  return out;
}

}  // namespace certify

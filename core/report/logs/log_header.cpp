#include "core/report/logs/log_header.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/norm.h"
#include "core/base/printable.h"

namespace certify {
namespace {

/// What logs without a radius have: those of PREDICT, Cohen's and ours.
constexpr std::string_view kOfPredict[] = {"idx",   "label",       "predict", "correct",
                                           "time",  "n_top",       "n",       "alpha",
                                           "sigma", "n_runner_up", "method",  "noise_alpha"};

std::optional<std::size_t> find(const LogFields& names, std::string_view name) {
  const auto it = std::ranges::find(names, name);
  if (it == names.end()) return std::nullopt;
  if (std::find(it + 1, names.end(), name) != names.end()) {
    throw DataError("two columns are named {}", name);
  }
  return static_cast<std::size_t>(it - names.begin());
}

std::size_t require(const LogFields& names, std::string_view name, std::string_view line) {
  if (const auto found = find(names, name)) return *found;
  throw DataError(
      "no column '{}' in the header {}: not a log of Cohen's family (tab-separated: idx label "
      "predict radius correct time)",
      name, quoted(line));
}

/// The columns that are called a radius. Without any, those that may be one.
std::vector<std::string> possible_radii(const LogFields& names) {
  std::vector<std::string> radii, unknown;
  for (const std::string_view name : names) {
    if (name.find("radius") != std::string_view::npos) radii.push_back(printable(name));
    if (std::ranges::find(kOfPredict, name) == std::end(kOfPredict)) {
      unknown.push_back(printable(name));
    }
  }
  return radii.empty() ? unknown : radii;
}

std::size_t find_radius(const LogFields& names, const std::string& typed) {
  const std::string name = typed.empty() ? "radius" : typed;
  if (typed.empty()) {
    for (const std::string_view norm : {"l2", "l1"}) {  // of noises that prove this one
      if (const auto found = find(names, full_radius_column(norm))) return *found;
    }
  }
  if (const auto found = find(names, name)) return *found;
  const std::vector<std::string> possible = possible_radii(names);
  if (possible.empty()) throw DataError("a log of predict, which has no radii");
  throw DataError("no column '{}'; --radius-column can be one of: {}", name,
                  fmt::join(possible, ", "));
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r");
  if (last == std::string_view::npos) return {};
  const std::size_t first = text.find_first_not_of(' ');
  return text.substr(first, last + 1 - first);
}

void split_fields(std::string_view line, LogFields& fields) {
  fields.clear();
  for (std::size_t end = line.find('\t'); end != std::string_view::npos; end = line.find('\t')) {
    fields.push_back(trimmed(line.substr(0, end)));
    line.remove_prefix(end + 1);
  }
  fields.push_back(trimmed(line));
}

std::string quoted(std::string_view text) {
  return fmt::format("'{}{}'", printable(text), text.size() > kMostShown ? "…" : "");
}

LogHeader parse_log_header(std::string_view line, const std::string& radius_column) {
  LogHeader header;
  split_fields(line, header.names);
  const LogFields& names = header.names;
  header.index = require(names, "idx", line);
  header.label = require(names, "label", line);
  header.predict = require(names, "predict", line);
  header.correct = require(names, "correct", line);
  header.radius = find_radius(names, radius_column);
  header.time = find(names, "time");
  header.method = find(names, "method");
  header.alpha = find(names, "alpha");
  header.n_top = find(names, "n_top");
  header.n_runner_up = find(names, "n_runner_up");
  header.n = find(names, "n");
  header.p_lower = find(names, "p_lower");
  return header;
}

}  // namespace certify

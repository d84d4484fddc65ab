#include "core/configs/option_values.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/nearest.h"
#include "core/base/parse.h"
#include "core/sigma_map/sigma_map_file.h"

namespace certify {
namespace {

std::string expected(const OptionSpec& option) {
  switch (option.type) {
    case OptionType::kText:
      if (!option.words.empty()) return fmt::format("{}", fmt::join(option.words, ", "));
      return "a text";
    case OptionType::kPath:
      return "a path";
    case OptionType::kFlag:
      return "true or false";
    case OptionType::kInteger:
      return fmt::format("a whole number from {:.0f} to {:.0f}", option.least, option.most);
    case OptionType::kNumber:
      break;
  }
  if (option.most == std::numeric_limits<double>::max()) {
    return fmt::format("a number {}{}", option.open ? "above " : "of at least ", option.least);
  }
  return fmt::format("a number {} {} and {}", option.open ? "strictly between" : "between",
                     option.least, option.most);
}

[[noreturn]] void refuse(const OptionSpec& option, const std::string& value,
                         const std::string& place) {
  std::string hint = " expected";
  if (!option.words.empty()) {
    const std::string near = nearest(value, option.words);
    if (!near.empty()) hint = fmt::format(" did you mean {}? There is", near);
  }
  throw InputError("{} {}:{} {}", place, value, hint, expected(option));
}

/// NaN is outside of every range.
bool in_range(const OptionSpec& option, double value) {
  if (!std::isfinite(value)) return false;
  if (option.least == option.most) return true;
  return option.open ? option.least < value && value < option.most
                     : option.least <= value && value <= option.most;
}

/// JSON Schema's integers: 1e5 and 100000.0 are whole numbers too.
Json as_whole(const Json& value) {
  if (value.is_number_integer() || !value.is_number_float()) return value;
  const double number = value.get<double>();
  constexpr double kExact = 9007199254740992;  // 2^53
  if (!(std::abs(number) <= kExact) || number != std::floor(number)) return value;
  return static_cast<std::int64_t>(number);
}

bool is_one_of(const std::string& text, const std::vector<std::string_view>& words) {
  return words.empty() || std::find(words.begin(), words.end(), text) != words.end();
}

/// The value as it is stored, if the option may have it.
std::optional<Json> accepted(const OptionSpec& option, const Json& value) {
  switch (option.type) {
    case OptionType::kText:
    case OptionType::kPath:
      if (!value.is_string() || value.get<std::string>().empty()) return std::nullopt;
      if (!is_one_of(value.get<std::string>(), option.words)) return std::nullopt;
      return value;
    case OptionType::kFlag:
      return value.is_boolean() ? std::optional(value) : std::nullopt;
    case OptionType::kInteger: {
      const Json whole = as_whole(value);
      if (!whole.is_number_integer() || !in_range(option, whole.get<double>())) return std::nullopt;
      return whole;
    }
    case OptionType::kNumber:
      if (!value.is_number() || !in_range(option, value.get<double>())) return std::nullopt;
      return value;
  }
  return std::nullopt;
}

Json spelled_value(OptionType type, const std::string& text) {
  switch (type) {
    case OptionType::kText:
    case OptionType::kPath:
      return text;
    case OptionType::kFlag:
      if (text == "true" || text == "1") return true;
      if (text == "false" || text == "0") return false;
      return nullptr;
    case OptionType::kInteger:
      if (const auto whole = parse_number<std::int64_t>(text)) return *whole;
      if (const auto large = parse_number<std::uint64_t>(text)) return *large;
      break;  // 1e5
    case OptionType::kNumber:
      break;
  }
  const auto number = parse_number<double>(text);
  return number ? Json(*number) : Json(nullptr);
}

}  // namespace

Json checked_option(const OptionSpec& option, const Json& value, const std::string& place) {
  const auto kept = accepted(option, value);
  if (!kept) {
    refuse(option,
           value.is_string() && !option.words.empty() ? value.get<std::string>() : value.dump(),
           place);
  }
  return *kept;
}

bool names_a_file(const OptionSpec& option, const Json& value) {
  if (option.type != OptionType::kPath) return false;
  const auto text = value.get<std::string>();
  return std::ranges::none_of(option.no_paths, [&](std::string_view word) {
    const bool begins = word.ends_with(':') || word.ends_with('{');
    return begins ? text.starts_with(word) : text == word;
  });
}

void require_stored(const OptionSpec& option, const std::string& place) {
  if (!option.typed_only) return;
  throw InputError("{}: {} is taken from the command line only", place, flag_of(option));
}

Json parse_option(const OptionSpec& option, const std::string& text, const std::string& place) {
  const auto kept = accepted(option, spelled_value(option.type, text));
  if (!kept) refuse(option, text, place);
  return *kept;
}

std::string option_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  return value.is_null() ? "" : value.dump();
}

void OptionSet::set(std::string_view name, Json value, std::string origin) {
  given_.insert_or_assign(std::string(option_spec(name).name),
                          Given{std::move(value), std::move(origin)});
}

void OptionSet::erase(std::string_view name) {
  const auto found = given_.find(name);
  if (found != given_.end()) given_.erase(found);
}

bool OptionSet::given(std::string_view name) const { return given_.contains(name); }

Json OptionSet::value(std::string_view name) const {
  const OptionSpec& option = option_spec(name);
  const auto found = given_.find(name);
  if (found != given_.end()) return found->second.value;
  if (option.fallback.empty()) return nullptr;
  return parse_option(option, std::string(option.fallback), "default");
}

std::string OptionSet::origin(std::string_view name) const {
  const auto found = given_.find(name);
  if (found != given_.end()) return found->second.origin;
  return option_spec(name).fallback.empty() ? "" : "default";
}

std::string short_value(const OptionSet& options, const std::string& option) {
  if (!names_a_file(option_spec(option), options.text(option))) return options.text(option);
  const std::filesystem::path file = options.text(option);
  return option == "sigma_map" ? name_of_map(file) : file.stem().string();
}

void set_from_environment(OptionSet& options, const std::function<bool(const OptionSpec&)>& only) {
  for (const OptionSpec& option : option_table()) {
    if (!only(option)) continue;
    const std::string name = environment_of(option);
    const char* text = std::getenv(name.c_str());
    if (text == nullptr || *text == '\0') continue;
    require_stored(option, name);
    options.set(option.name, parse_option(option, text, name), name);
  }
}

}  // namespace certify

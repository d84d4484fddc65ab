#pragma once
/// Values of options: read from text or JSON, checked against the table, layered.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/base/json_file.h"
#include "core/configs/option_table.h"

namespace certify {

/// The value that `text` spells. @param place begins the message of an error: "--alpha"
/// @throws InputError saying what was expected.
Json parse_option(const OptionSpec& option, const std::string& text, const std::string& place);

/// The value, if the option may have it; 1e5 is the whole number 100000. @throws InputError.
Json checked_option(const OptionSpec& option, const Json& value, const std::string& place);

/// Whether a value of it is a path, which depends on the folder that it is read from.
bool names_a_file(const OptionSpec& option, const Json& value);

/// @throws InputError naming the place for an option that is only taken from the command line.
void require_stored(const OptionSpec& option, const std::string& place);

/// As it would be typed, in the fewest digits that read back as the same number.
std::string option_text(const Json& value);

/// Options that somebody set, over the defaults of the table.
class OptionSet {
 public:
  /// Replaces what was set before. @param value checked by the caller
  void set(std::string_view name, Json value, std::string origin);
  void erase(std::string_view name);

  bool given(std::string_view name) const;
  /// Null where neither anyone nor the table says; other options then decide.
  Json value(std::string_view name) const;
  /// Who set it: "--alpha", "CERTIFY_ALPHA", "table1.json: /alpha"; "default"; or "".
  std::string origin(std::string_view name) const;

  /// Empty where the value is null.
  std::string text(std::string_view name) const { return option_text(value(name)); }
  std::int64_t integer(std::string_view name) const { return value(name).get<std::int64_t>(); }
  std::uint64_t unsigned_integer(std::string_view name) const {
    return value(name).get<std::uint64_t>();
  }
  double number(std::string_view name) const { return value(name).get<double>(); }
  bool flag(std::string_view name) const { return value(name).get<bool>(); }

 private:
  struct Given {
    Json value;
    std::string origin;
  };
  std::map<std::string, Given, std::less<>> given_;
};

/// As text; of a path only the file's name without its ending.
std::string short_value(const OptionSet& options, const std::string& option);

/// Sets what the environment says: CERTIFY_ALPHA=0.01. An empty variable says nothing.
/// @param only    which options to look for
/// @throws InputError.
void set_from_environment(OptionSet& options, const std::function<bool(const OptionSpec&)>& only);

}  // namespace certify

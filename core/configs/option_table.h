#pragma once
/// The options of a run, listed once. Command line, experiment files, environment, schema and help
/// are all made from this table.

#include <string>
#include <string_view>
#include <vector>

namespace certify {

enum class OptionType { kText, kPath, kInteger, kNumber, kFlag };

/// What another value of an option changes.
enum class OptionRole {
  kSamples,      ///< which samples are drawn: other images, noise or network
  kCertificate,  ///< what is made of stored samples: `certify recertify` can do it again
  kPlace,        ///< places, speed and looks, never a number
};

struct OptionSpec {
  std::string_view name{};  ///< key in a file; typed as --name with '-' for '_'
  OptionType type{};
  OptionRole role{};
  std::string_view group{};  ///< heading in --help
  std::string_view help{};
  std::string_view fallback{};  ///< the default as typed; empty: it follows from other options
  double least = 0, most = 0;   ///< of numbers; equal: any finite number
  bool open = false;            ///< the two ends themselves are not allowed
  std::vector<std::string_view> words{};  ///< all that a text may be; empty: any
  /// What a path may be that names no file; one that ends with ':' or '{' stands for all that
  /// begin with it.
  std::vector<std::string_view> no_paths{};
  std::vector<std::string_view>
      examples{};            ///< some of the texts it may be, for editors and shells
  std::string_view alias{};  ///< another way to type it, "--N"
  bool predicts = true;      ///< PREDICT has it too
  bool typed_only = false;   ///< a consent, which no file and no environment gives
};

/// In the order of --help.
const std::vector<OptionSpec>& option_table();

std::vector<std::string_view> option_names();

/// nullptr when there is none of this name.
const OptionSpec* find_option(std::string_view name);

/// The option that must be there. @throws std::logic_error for a name that is not in the table.
const OptionSpec& option_spec(std::string_view name);

std::string flag_of(const OptionSpec& option);         ///< --score-link
std::string environment_of(const OptionSpec& option);  ///< CERTIFY_SCORE_LINK

}  // namespace certify

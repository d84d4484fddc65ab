#pragma once
/// The option table on the command line.

#include <functional>
#include <map>
#include <string>

#include "core/configs/option_values.h"

namespace CLI {
class App;
}

namespace certify {

/// What was typed, by the options' names in the table.
using TypedOptions = std::map<std::string, std::string>;

/// Adds those options of the table that `only` picks; `typed` must outlive the parsing. As in the
/// field's Python scripts, the last one counts: `certify $COMMON --sigma 0.5`.
void add_option_flags(CLI::App& app, TypedOptions& typed,
                      const std::function<bool(const OptionSpec&)>& only);

/// Sets what was typed, over all that was set before. @throws InputError.
void set_from_flags(OptionSet& options, const TypedOptions& typed);

}  // namespace certify

#pragma once

#include <string>

namespace CLI {
class App;
}

namespace certify {

/// `certify methods`: every method with its paper, what must have been sampled and what it
/// guarantees; `certify methods NAME` explains one. Parsing runs it. @throws InputError for a name
/// that no method has.
void add_methods_command(CLI::App& app);

/// All of them, as `certify methods` lists them.
std::string methods_text();

}  // namespace certify

#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify models`: the models that are found, and what they are for. Parsing runs it.
void add_models_command(CLI::App& app);

}  // namespace certify

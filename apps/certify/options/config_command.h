#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify config [FILE] [options]`: what a run or sweep would use, and who said so;
/// `certify schema`: the JSON Schema of experiment files.
void add_config_commands(CLI::App& app);

}  // namespace certify

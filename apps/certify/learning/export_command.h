#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify export`: a checkpoint of Cohen's family as TorchScript.
void add_export_command(CLI::App& app);

}  // namespace certify

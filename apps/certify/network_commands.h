#pragma once
/// The subcommands of certify-torch: those that need a network, and `completion`, which lists the
/// options of all. `certify` lists them, and becomes certify-torch for them.

#include <array>
#include <string_view>

namespace CLI {
class App;
}

namespace certify {

struct NetworkCommand {
  const char* name;
  const char* about;  ///< one line
};

inline constexpr std::array<NetworkCommand, 7> kNetworkCommands{{
    {"predict", "Classify with the smoothed classifier, or abstain (PREDICT of Cohen et al.)"},
    {"train", "Train a network with Gaussian noise, to be certified"},
    {"export", "Make a TorchScript model of a checkpoint, with the normalisation inside"},
    {"learn-sigma", "Learn a sigma for every element of the image, for large certified ellipsoids"},
    {"attack", "Attack the certified images of a run: how near is another answer?"},
    {"bench", "Samples a second of a network on this machine"},
    {"completion", "Print what completes this program's command lines: bash, or man for its page"},
}};

/// The subcommand of that name in the table, still without options.
CLI::App* add_network_command(CLI::App& app, std::string_view name);

}  // namespace certify

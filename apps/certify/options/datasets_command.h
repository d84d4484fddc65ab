#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify datasets`: lists the data sets, where each is looked for and whether it is there;
/// `certify datasets --export DIR --dataset NAME` writes one in CIFAR-10's binary format instead.
/// Parsing runs the command. @throws InputError, DataError or IoError from the parse.
void add_datasets_command(CLI::App& app);

}  // namespace certify

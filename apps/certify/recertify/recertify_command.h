#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify recertify RUN|--counts FILE --method M[,M…] …`: certificates from stored samples, by
/// any method at any alpha, without sampling. Parsing runs it.
void add_recertify_command(CLI::App& app);

}  // namespace certify

#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify verify RUN|TSV…`: the independent check of certificates. Parsing runs it: findings and
/// a summary on stdout; `exit_code` is kFailedCheck when any row overclaims, and kData when nothing
/// was found but some rows could not be checked.
void add_verify_command(CLI::App& app, int& exit_code);

}  // namespace certify

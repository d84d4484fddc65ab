#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify merge RUN… --out DIR`: the shards of a run put together. Parsing runs it.
void add_merge_command(CLI::App& app);

}  // namespace certify

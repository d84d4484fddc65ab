#include "models/networks/export_network.h"

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "models/networks/checkpoint.h"
#include "models/networks/network.h"
#include "models/networks/network_file.h"
#include "models/normalization.h"

namespace certify {

Exported export_network(const ExportRequest& request) {
  const Checkpoint checkpoint = read_checkpoint(request.checkpoint);
  if (request.arch.empty() && checkpoint.arch.empty()) {
    throw InputError(
        fmt::format("{}: does not say what it is; --arch does", request.checkpoint.string()));
  }
  const Architecture architecture =
      fitted(find_architecture(request.arch.empty() ? checkpoint.arch : request.arch), checkpoint);
  const Normalization normalization = parse_normalization(
      request.normalization.empty() ? architecture.normalization : request.normalization,
      architecture.channels);
  const auto network = make_network(architecture, architecture.classes, normalization);
  load_weights(checkpoint, architecture, network);
  if (request.half) store_in_half(network);
  replace_file(request.out, torchscript_bytes(network));
  return {architecture, architecture.classes};
}

}  // namespace certify

#include "core/noise/families.h"

#include <vector>

#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {

const NoiseFamily& noise_family_of_stream(std::string_view stream) {
  std::vector<std::string_view> streams;
  for (const NoiseFamily* family : kEveryFamily) {
    if (family->stream == stream) return *family;
    streams.push_back(family->stream);
  }
  throw DataError("noise '{}' is not known here; there are {}", stream, fmt::join(streams, ", "));
}

}  // namespace certify

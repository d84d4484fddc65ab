#include "models/network_formats.h"

#include <c10/core/InferenceMode.h>

#include <array>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "models/device_network.h"
#include "models/formats/torchscript.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr std::array kFormats{&kTorchScript};

template <class Open>
std::unique_ptr<DeviceNetwork> loaded(const NetworkFormat& format, const fs::path& file,
                                      const Open& open_file) {
  try {
    return open_file();
  } catch (const std::exception& error) {
    throw_meaning(error,
                  fmt::format("{}: not a {} model that can be loaded", file.string(), format.name));
  }
}

}  // namespace

const NetworkFormat& format_of(const fs::path& file) {
  if (!std::filesystem::is_regular_file(file)) {
    throw DataError("{}: no such model file", file.string());
  }
  std::vector<const char*> names;
  for (const NetworkFormat* format : kFormats) {
    if (format->recognises(file)) return *format;
    names.push_back(format->name);
  }
  throw DataError("{}: not a {} model", file.string(), fmt::join(names, " or "));
}

std::unique_ptr<DeviceNetwork> open(const NetworkFormat& format, const fs::path& file,
                                    const NetworkOptions& options) {
  return loaded(format, file, [&] {
    const c10::InferenceMode inference;
    return format.open(file, options);
  });
}

std::unique_ptr<DeviceNetwork> open_differentiable(const NetworkFormat& format,
                                                   const fs::path& file,
                                                   const std::string& device) {
  if (format.open_differentiable == nullptr) {
    throw DataError("{}: a {} model has no gradient by its input", file.string(), format.name);
  }
  return loaded(format, file, [&] { return format.open_differentiable(file, device); });
}

}  // namespace certify

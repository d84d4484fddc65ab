#include "models/network_formats.h"

#include <c10/core/InferenceMode.h>
#include <torch/version.h>

#include <array>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "models/device_network.h"
#include "models/formats/aot_package.h"
#include "models/formats/torchscript.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr std::array kFormats{&kTorchScript, &kAotPackage};

/// What LibTorch says of a graph that optimize_for_inference() wrote: its constants are gone.
constexpr const char* kOptimizedAway = "required keyword attribute 'value' is undefined";

/// And of an operator that came later than it.
constexpr const char* kUnknownOperator = "Unknown builtin op";

template <class Open>
std::unique_ptr<DeviceNetwork> loaded(const NetworkFormat& format, const fs::path& file,
                                      const Open& open_file) {
  try {
    return open_file();
  } catch (const DataError& error) {
    throw DataError("{}: {}", file.string(), error.what());
  } catch (const std::exception& error) {
    if (reason(error) == kOptimizedAway) {
      throw DataError(
          "{}: torch.jit.optimize_for_inference() wrote it, and no LibTorch reads that again: save "
          "what was given to it",
          file.string());
    }
    if (reason(error).starts_with(kUnknownOperator)) {
      throw DataError(
          "{}: {} LibTorch {} is too old for it: trace the network, which leaves out what is not "
          "reached, or build with a newer one (scripts/build.sh --torch pip)",
          file.string(), reason(error), TORCH_VERSION);
    }
    throw_meaning(error,
                  fmt::format("{}: not a {} model that can be loaded", file.string(), format.name));
  }
}

/// What makes a network of a file that is none. To be read behind "FILE: it is KIND; ".
const char* way_to_a_network(FileKind kind) {
  switch (kind) {
    case FileKind::kTorchSave:
    case FileKind::kTorchSaveLegacy:
      return "if it holds weights, `certify export --checkpoint FILE --out NETWORK.pt` makes a "
             "network of it; if it holds a module, in Python: "
             "certify_torch.export(torch.load(FILE, weights_only=False), (C, H, W), "
             "\"network.pt\")";
    case FileKind::kTar:
    case FileKind::kSafetensors:
      return "`certify export --checkpoint FILE --out NETWORK.pt` makes a network of weights, for "
             "architectures that it knows; for others, in Python, with scripts/certify_torch.py: "
             "model.load_state_dict(...); certify_torch.export(model, (C, H, W), \"network.pt\")";
    case FileKind::kSafetensorsIndex:
      return "join them in Python: model = ...from_pretrained(FOLDER); "
             "certify_torch.export(model, (C, H, W), \"network.pt\")";
    case FileKind::kExportedProgram:
      return "in Python, program = torch.export.load(FILE); then torch.jit.trace(program.module(), "
             "images).save(\"network.pt\"), or, for native code, "
             "torch._inductor.aoti_compile_and_package(program, package_path=\"network.pt2\")";
    case FileKind::kOnnx:
      return "export the PyTorch network that it was made of: "
             "certify_torch.export(model, (C, H, W), \"network.pt\")";
    case FileKind::kPickle:
      return "load it in Python, and write the network with certify_torch.export(model, (C, H, W), "
             "\"network.pt\")";
    case FileKind::kGitLfsPointer:
      return "`git lfs pull` fetches it";
    case FileKind::kHtml:
      return "fetch it again";
    case FileKind::kBrokenArchive:
      return "copy or fetch it again";
    case FileKind::kCompressed:
      return "unpack it first";
    default:
      return "a network is a TorchScript file (.pt) or an AOTInductor package (.pt2); "
             "scripts/certify_torch.py writes one from Python";
  }
}

}  // namespace

const NetworkFormat& format_of(const fs::path& file) {
  if (fs::is_directory(file)) {
    throw DataError("{}: a folder, not a network's file", file.string());
  }
  if (!fs::is_regular_file(file)) throw DataError("{}: no such model file", file.string());
  const FileKind kind = kind_of(file);
  for (const NetworkFormat* format : kFormats) {
    if (format->kind == kind) return *format;
  }
  throw DataError("{}: not a network: it is {}; {}", file.string(), description(kind),
                  way_to_a_network(kind));
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
                                                   const NetworkOptions& options) {
  if (format.open_differentiable == nullptr) {
    throw DataError(
        "{}: no gradient by the input comes out of a file of this format ({}); write the network "
        "as TorchScript",
        file.string(), format.name);
  }
  return loaded(format, file, [&] { return format.open_differentiable(file, options); });
}

std::optional<Quantization> quantization_of(const fs::path& file) {
  const NetworkFormat& format = format_of(file);
  return format.quantization_of == nullptr ? std::nullopt : format.quantization_of(file);
}

void save_quantized(const fs::path& network, const Quantization& quantization,
                    const fs::path& out) {
  const NetworkFormat& format = format_of(network);
  if (format.save_quantized == nullptr) {
    throw DataError("{}: {}, in which the scales of 8 bits have no place", network.string(),
                    format.name);
  }
  format.save_quantized(network, quantization, out);
}

}  // namespace certify

#include "models/formats/aot_package.h"

#include <torch/version.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "models/device_network.h"

// AOTIModelPackageLoader came with LibTorch 2.6; from 2.7 on it takes the number of runners.
#define CERTIFY_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) ||          \
   (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

#if CERTIFY_TORCH_AT_LEAST(2, 6)
#include <c10/core/InferenceMode.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#ifdef CERTIFY_CUDA
#include <c10/cuda/CUDAStream.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "models/graph_check.h"
#include "models/torch_archive.h"
#endif

namespace certify {
namespace {

namespace fs = std::filesystem;

#if CERTIFY_TORCH_AT_LEAST(2, 6)

void require_consent(const NetworkOptions& options) {
  if (options.allow_native_code) return;
  throw DataError(
      "it is compiled code, which may do anything when it is loaded; if you trust where it comes "
      "from, --allow-native-code takes it");
}

/// What stands in the C++ source that a package carries beside the code compiled from it.
class PackageSource {
 public:
  explicit PackageSource(const fs::path& file) {
    const MappedFile mapped(file);
    const TorchArchive archive(mapped.bytes());
    for (const std::string& name : archive.names()) {
      if (name.ends_with(".cpp")) text_ += archive.record(name);
      if (name.ends_with("wrapper_metadata.json")) {
        metadata_ = nlohmann::json::parse(archive.record(name));
      } else if (name.ends_with("wrapper.json")) {
        add_called(nlohmann::json::parse(archive.record(name)));
      }
    }
  }

  /// What it was compiled for: "cpu" or "cuda", and instruction sets such as "AVX512 AVX512_VNNI".
  std::string device() const { return metadata_.value("AOTI_DEVICE_KEY", ""); }
  std::string instruction_sets() const { return metadata_.value("AOTI_CPU_ISA", ""); }

  bool computes_in_half() const {
    static const std::regex types("bfloat16|float16|at::Half|c10::Half");
    return std::regex_search(text_, types);
  }

  /// A package reads memory as if its input had the layout, the type and the size that it was
  /// compiled for, and answers something else where it has not. Only if it is told to, by a
  /// variable that torch 2.7 brought, it looks.
  bool checks_its_input() const { return contains("\"AOTI_RUNTIME_CHECK_INPUTS\""); }

  /// An operator that draws random numbers is called: by a function such as aoti_torch_cpu_randn,
  /// or, where it has none, by its own name.
  bool draws_random_numbers() const {
    static const std::regex calls(
        "aoti_torch_(cpu|cuda)_\\w*(rand|bernoulli|multinomial|normal_functional|dropout|rrelu_"
        "with)|"
        "\\b(normalized_rand_cpu|randn_cpu|randint64_cpu)\\(");
    return std::regex_search(text_, calls) ||
           std::any_of(called_.begin(), called_.end(), certify::draws_random_numbers);
  }

  /// [C,H,W], where the source names all three.
  std::vector<std::int64_t> image_sizes() const {
    std::vector<std::int64_t> sizes;
    for (int axis = 1; axis <= 3; ++axis) {
      const auto size = number(fmt::format("unmatched dim value at {}, ", axis), "expected: ");
      if (!size) return {};
      sizes.push_back(*size);
    }
    return sizes;
  }

  RowLimits rows() const {
    RowLimits limits;
    if (const auto fixed = number("unmatched dim value at 0, ", "expected: ")) {
      limits.least = limits.most = *fixed;
    }
    if (const auto least = number("dim value is too small at 0, ", "expected it to be >= ")) {
      limits.least = *least;
    }
    if (const auto most = number("dim value is too large at 0, ", "expected to be <= ")) {
      limits.most = *most;
    }
    return limits;
  }

 private:
  /// {"nodes": [{"node": {"target": "aten::poisson", …}}, …]}
  void add_called(const nlohmann::json& calls) {
    for (const auto& call : calls.value("nodes", nlohmann::json::array())) {
      const std::string target = call.at("node").at("target");
      called_.push_back(target.substr(0, target.find('.')));  // without its overload
    }
  }

  bool contains(const char* part) const { return text_.find(part) != std::string::npos; }

  /// Of a message about the first input, whose parts are lines of the source.
  std::optional<std::int64_t> number(const std::string& begin, const char* end) const {
    const std::regex message(fmt::format(R"(input_handles\[0\]: {}"\s*<< "{}(\d+))", begin, end));
    std::smatch found;
    if (!std::regex_search(text_, found, message)) return std::nullopt;
    return std::stoll(found[1].str());
  }

  std::string text_;
  std::vector<std::string> called_;  ///< operators, by their names: "aten::poisson"
  nlohmann::json metadata_ = nlohmann::json::object();
};

/// Its first instruction of another processor would end the program.
void require_instruction_sets(const PackageSource& source) {
  const std::string sets = source.instruction_sets() + " ";
  const auto refuse_without = [&](const char* name, bool here) {
    if (here || sets.find(std::string(name) + " ") == std::string::npos) return;
    throw DataError("it is compiled for processors with {}, and this one has none: compile it here",
                    name);
  };
#ifdef __x86_64__
  refuse_without("AVX2", __builtin_cpu_supports("avx2"));
  refuse_without("AVX512", __builtin_cpu_supports("avx512f") &&
                               __builtin_cpu_supports("avx512bw") &&
                               __builtin_cpu_supports("avx512vl"));
  refuse_without("AVX512_VNNI", __builtin_cpu_supports("avx512vnni"));
  refuse_without("AMX_TILE", __builtin_cpu_supports("amx-tile"));
#else
  static_cast<void>(refuse_without);
#endif
}

class AotPackage final : public DeviceNetwork {
 public:
  AotPackage(const fs::path& file, const NetworkOptions& options)
      : DeviceNetwork(options.device, at::kFloat), source_(file), step_(options.step) {
    if (!source_.checks_its_input()) {
      throw DataError(
          "it cannot tell whether an image lies in memory as it expects: compile it again, with "
          "torch 2.7 or newer");
    }
    const std::string here = device().is_cpu() ? "cpu" : "cuda";
    if (!source_.device().empty() && source_.device() != here) {
      throw DataError("it is compiled for {0}, not for {1}: --device {0}, or compile it again",
                      source_.device(), here);
    }
    if (device().is_cpu()) require_instruction_sets(source_);
    ::setenv("AOTI_RUNTIME_CHECK_INPUTS", "1", /*overwrite=*/1);  // read at the first call
    load(file.string());
  }

  std::optional<FunctionFault> fault() const override {
    if (!source_.draws_random_numbers()) return std::nullopt;
    return FunctionFault{FunctionFault::Kind::kRandom, "its code draws random numbers"};
  }
  bool computes_in_half() const override { return source_.computes_in_half(); }

 private:
  void load(const std::string& file) {
#if CERTIFY_TORCH_AT_LEAST(2, 7)
    // Each thread that samples has a runner; they share the weights.
    const std::size_t runners =
        device().is_cpu() ? std::max(1U, std::thread::hardware_concurrency()) : 1;
    loader_ = std::make_unique<torch::inductor::AOTIModelPackageLoader>(
        file, "model", /*run_single_threaded=*/false, runners,
        device().is_cuda() ? device().index() : c10::DeviceIndex{-1});
#else
    loader_ = std::make_unique<torch::inductor::AOTIModelPackageLoader>(file, "model");
#endif
  }

  c10::IValue answer(const at::Tensor& input) const override {
    void* stream = nullptr;
#ifdef CERTIFY_CUDA
    if (device().is_cuda()) stream = c10::cuda::getCurrentCUDAStream(device().index()).stream();
#endif
    std::vector<at::Tensor> given{contiguous_copy(input)};
    if (step_) given.push_back(steps(input.size(0), *step_, device()));
    try {
      std::vector<at::Tensor> tensors = loader_->run(given, stream);
      if (tensors.size() == 1) return tensors[0];
      return c10::IValue(std::move(tensors));
    } catch (const std::exception&) {
      const std::vector<std::int64_t> images = source_.image_sizes();
      if (images.empty() || input.sizes().slice(1).equals(images)) throw;
      throw DataError("it is compiled for images of [{}], and was given [{}]",
                      fmt::join(images, ","), fmt::join(input.sizes().slice(1), ","));
    }
  }
  RowLimits declared_rows() const override { return source_.rows(); }

  PackageSource source_;
  std::optional<std::int64_t> step_;
  std::unique_ptr<torch::inductor::AOTIModelPackageLoader> loader_;
};

std::unique_ptr<DeviceNetwork> open_package(const fs::path& file, const NetworkOptions& options) {
  require_consent(options);
  if (options.precision != Precision::kFp32 && options.precision != Precision::kOwn) {
    throw DataError("it computes in what it was compiled for; leave --precision {} out",
                    to_string(options.precision));
  }
  return std::make_unique<AotPackage>(file, options);
}

#else

std::unique_ptr<DeviceNetwork> open_package(const fs::path&, const NetworkOptions&) {
  throw DataError(
      "LibTorch {} has no loader for it, 2.6 and newer have: build with `scripts/build.sh --torch "
      "pip`, or write the network as TorchScript",
      TORCH_VERSION);
}

#endif

}  // namespace

const NetworkFormat kAotPackage{"AOTInductor package", FileKind::kAotInductor, /*folds=*/false,
                                open_package, /*open_differentiable=*/nullptr};

}  // namespace certify

#include "core/base/device_names.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/parse.h"

namespace certify {
namespace {

InputError no_device(const std::string& text) {
  return InputError("--device {}: expected auto, cpu, cuda, cuda:K, cuda:K,K,… or cuda:all", text);
}

/// "0,2,cuda:3" → 0, 2, 3.
std::vector<int> parse_indices(const std::string& list, const std::string& text) {
  std::vector<int> indices;
  for (std::string_view item : split(list, ',')) {
    if (item.starts_with("cuda:")) item.remove_prefix(5);
    const auto index = parse_number<int>(item);
    if (!index || *index < 0) throw no_device(text);
    if (std::ranges::find(indices, *index) != indices.end()) {
      throw InputError("--device {}: cuda:{} is named twice", text, *index);
    }
    indices.push_back(*index);
  }
  return indices;
}

}  // namespace

std::string kind_of_device(const std::string& text) {
  if (text == "auto") return "";
  if (text == "cpu") return "cpu";
  if (text.starts_with("cuda:") && text != "cuda:all") {
    parse_indices(text.substr(5), text);
  } else if (text != "cuda" && text != "cuda:all") {
    throw no_device(text);
  }
  return "cuda";
}

void require_precision(const std::string& kind, Precision precision) {
  if (kind == "cpu" && !runs_on_cpu(precision) && precision != Precision::kBf16) {
    throw InputError(
        "--precision {}: on the CPU there are fp32, bf16 (bf16-avx512, bf16-amx), int8 and own",
        to_string(precision));
  }
  if (kind == "cuda" && is_of_engine(precision)) {
    throw InputError("--precision {}: on a GPU there are fp32, tf32, fp16, bf16 and own",
                     to_string(precision));
  }
}

std::vector<std::string> parse_devices(const std::string& text, int cuda_devices) {
  const std::string kind = kind_of_device(text);
  if (kind == "cpu" || (kind.empty() && cuda_devices == 0)) return {"cpu"};
  std::vector<int> indices = {0};
  if (text == "cuda:all") {
    indices.resize(static_cast<std::size_t>(std::max(cuda_devices, 1)));
    std::iota(indices.begin(), indices.end(), 0);
  } else if (text.starts_with("cuda:")) {
    indices = parse_indices(text.substr(5), text);
  }
  std::vector<std::string> devices;
  for (const int index : indices) {
    if (cuda_devices == 0) throw DataError("--device {}: LibTorch finds no CUDA device here", text);
    if (index >= cuda_devices) {
      throw DataError("--device {}: there are {} CUDA devices", text, cuda_devices);
    }
    devices.push_back(fmt::format("cuda:{}", index));
  }
  return devices;
}

}  // namespace certify

#include "core/base/device_names.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

InputError no_device(const std::string& text) {
  return InputError(
      fmt::format("--device {}: expected auto, cpu, cuda, cuda:K, cuda:K,K,… or cuda:all", text));
}

/// "0,2,cuda:3" → 0, 2, 3.
std::vector<int> parse_indices(const std::string& list, const std::string& text) {
  std::vector<int> indices;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    std::string item = list.substr(at, comma - at);
    if (item.rfind("cuda:", 0) == 0) item.erase(0, 5);
    int index = -1;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), index);
    if (error != std::errc{} || end != item.data() + item.size() || index < 0) {
      throw no_device(text);
    }
    if (std::find(indices.begin(), indices.end(), index) != indices.end()) {
      throw InputError(fmt::format("--device {}: cuda:{} is named twice", text, index));
    }
    indices.push_back(index);
    at = comma + 1;
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
  if (kind != "cpu" || precision == Precision::kFp32) return;
  throw InputError(
      fmt::format("--precision {}: on the CPU there is fp32 only", to_string(precision)));
}

std::vector<std::string> parse_devices(const std::string& text, int cuda_devices) {
  const std::string kind = kind_of_device(text);
  if (kind == "cpu" || (kind.empty() && cuda_devices == 0)) return {"cpu"};
  std::vector<int> indices = {0};
  if (text == "cuda:all") {
    indices.resize(static_cast<std::size_t>(std::max(cuda_devices, 1)));
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<int>(i);
  } else if (text.rfind("cuda:", 0) == 0) {
    indices = parse_indices(text.substr(5), text);
  }
  std::vector<std::string> devices;
  for (const int index : indices) {
    if (cuda_devices == 0) {
      throw DataError(fmt::format("--device {}: LibTorch finds no CUDA device here", text));
    }
    if (index >= cuda_devices) {
      throw DataError(fmt::format("--device {}: there are {} CUDA devices", text, cuda_devices));
    }
    devices.push_back(fmt::format("cuda:{}", index));
  }
  return devices;
}

}  // namespace certify

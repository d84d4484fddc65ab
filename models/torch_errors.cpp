#include "models/torch_errors.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <new>

namespace certify {
namespace {

bool says(const std::exception& error, std::initializer_list<const char*> phrases) {
  const std::string text = error.what();
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](const char* phrase) { return text.find(phrase) != std::string::npos; });
}

}  // namespace

std::string reason(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error ? torch_error->what_without_backtrace() : error.what();
  const auto runtime_error = text.rfind("RuntimeError: ");  // of an error inside TorchScript code
  if (runtime_error != std::string::npos)
    text.erase(0, runtime_error + std::strlen("RuntimeError: "));
  const auto begin = text.find_first_not_of(" \n");  // some begin with an empty line
  if (begin == std::string::npos) return "no reason is given";
  return text.substr(begin, text.find('\n', begin) - begin);
}

bool is_out_of_device_memory(const std::exception& error) {
  // The last one: cuDNN tries each algorithm, swallows why each of them failed, and says this. It
  // is a lack of memory far more often than a convolution that no algorithm can do, and a smaller
  // batch tells the two apart.
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         says(error, {"CUDA out of memory", "CUDA error: out of memory", "STATUS_ALLOC_FAILED",
                      "unable to find an engine"});
}

bool is_device_error(const std::exception& error) {
  return says(error,
              {"CUDA error", "CUDA driver error", "cuDNN error", "CUDNN_STATUS", "CUBLAS_STATUS"});
}

void throw_meaning(const std::exception& error, const std::string& what) {
  if (dynamic_cast<const Error*>(&error) != nullptr) throw;
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
      says(error, {"DefaultCPUAllocator: "})) {
    throw std::bad_alloc();
  }
  const std::string text = what + ": " + reason(error);
  if (is_out_of_device_memory(error)) throw OutOfDeviceMemory(text);
  if (is_device_error(error)) throw DeviceLost(text);
  throw TorchFailed(text);
}

}  // namespace certify

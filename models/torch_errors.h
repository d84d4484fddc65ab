#pragma once
/// What an exception of LibTorch's means. No LibTorch type shows here.

#include <exception>
#include <string>

#include "core/base/errors.h"

namespace certify {

/// LibTorch failed, for none of the reasons that have a type of their own.
struct TorchFailed : DataError {
  using DataError::DataError;
};

/// LibTorch's messages carry stack traces; this is the line that says why.
std::string reason(const std::exception& error);

/// By their words: an error inside a network loses its type on the way out.
bool is_out_of_device_memory(const std::exception& error);
bool is_device_error(const std::exception& error);

/// Throws what a failure of LibTorch's means to a caller; what this program threw itself goes on as
/// it is. To be called where it was caught. @param what  goes before the reason
/// @throws std::bad_alloc, OutOfDeviceMemory, DeviceLost, else TorchFailed.
[[noreturn]] void throw_meaning(const std::exception& error, const std::string& what);

}  // namespace certify

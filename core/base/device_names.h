#pragma once

#include <string>
#include <vector>

#include "core/base/precision.h"

namespace certify {

/// The devices that `text` asks for, as LibTorch names them: "cpu", or one "cuda:K" for each GPU.
/// `auto` is the first GPU, or the CPU where there is none; `cuda` is cuda:0.
/// @param text       auto, cpu, cuda, cuda:K, cuda:all, or a list cuda:K,K,…
/// @param cuda_devices  how many there are
/// @throws InputError for another word, DataError where there is no such device.
std::vector<std::string> parse_devices(const std::string& text, int cuda_devices);

/// "cpu" or "cuda"; empty for `auto`, which the machine decides. @throws InputError as above.
std::string kind_of_device(const std::string& text);

/// @throws InputError for a precision that this kind of device does not have.
void require_precision(const std::string& kind, Precision precision);

}  // namespace certify

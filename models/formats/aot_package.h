#pragma once
/// Packages of AOTInductor (.pt2), as torch._inductor.aoti_compile_and_package() writes them: a
/// shared library for one kind of machine, which loading runs. No LibTorch type shows here.

#include "models/network_formats.h"

namespace certify {

extern const NetworkFormat kAotPackage;

}  // namespace certify

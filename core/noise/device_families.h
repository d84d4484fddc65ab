#pragma once
/// Every family of noise that a device can draw, and the one place where its code is chosen.

#include <cstdint>
#include <stdexcept>

#include "core/noise/gaussian_quad.h"
#include "core/noise/lattice_quad.h"
#include "core/noise/splitting_quad.h"
#include "core/noise/uniform_quad.h"

namespace certify {

enum class DeviceFamily : std::uint32_t {
  kGaussianQuads,
  kLatticeQuads,
  kUniformQuads,
  kSplittingQuads
};

/// Calls `body` with the code of the family: an object whose type has standard() and add(), as
/// GaussianQuads has.
template <class Body>
void with_family(DeviceFamily family, const Body& body) {
  switch (family) {
    case DeviceFamily::kGaussianQuads:
      return body(GaussianQuads{});
    case DeviceFamily::kLatticeQuads:
      return body(LatticeQuads{});
    case DeviceFamily::kUniformQuads:
      return body(UniformQuads{});
    case DeviceFamily::kSplittingQuads:
      return body(SplittingQuads{});
  }
  throw std::runtime_error("no such family of noise");
}

}  // namespace certify

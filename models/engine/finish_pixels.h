// What a direct convolution's sums become, some pixels at a time. For files that included the
// vectors of an instruction set before it; nothing here may be shared between them.

#include "models/engine/block.h"

namespace certify {
namespace {

/// Of one vector of outputs.
/// @param places    [kCount] of the pixels, in elements from y; below 0, where kSomeDrop: nobody's
/// @param residual  as y, or null
template <int kCount, bool kSomeDrop, class Place>
inline void finish_pixels(const Finish& finish, const Sum* sums, const Place* places,
                          const Element* residual, Element* y) {
  constexpr int kAtOnce = Finish::kAtOnce;
  static_assert(kCount % kAtOnce == 0);
  Element spare[kOutputLanes] = {};
  const auto at = [&](auto* image, int t) {
    return kSomeDrop && places[t] < 0 ? spare : image + places[t];
  };
  for (int first = 0; first < kCount; first += kAtOnce) {
    Element* out[kAtOnce];
    for (int t = 0; t < kAtOnce; ++t) out[t] = at(y, first + t);
    if (residual == nullptr) {
      finish(sums + first, out);
      continue;
    }
    const Element* r[kAtOnce];
    for (int t = 0; t < kAtOnce; ++t) r[t] = at(residual, first + t);
    finish(sums + first, r, out);
  }
}

}  // namespace
}  // namespace certify

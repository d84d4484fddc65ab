#include "core/methods/certify_many.h"

#include "core/base/parallel.h"

namespace certify {

std::vector<Certificate> certify_many(const std::vector<ImageSamples>& images, const Method& method,
                                      const MethodOptions& options) {
  constexpr std::size_t kBlock = 64;  // some methods cost 5 µs an image
  std::vector<Certificate> certificates(images.size());
  for_each_on_all_cores(images.size(), kBlock, [&](std::size_t i) {
    certificates[i] = method.certify(images[i], options);
  });
  return certificates;
}

}  // namespace certify

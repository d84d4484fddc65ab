#include "core/methods/certify_many.h"

#include "core/base/errors.h"
#include "core/base/parallel.h"
#include "core/methods/catalogue.h"
#include "core/sigma_map/ellipsoid.h"
#include "core/stats/normal.h"

namespace certify {

MethodOptions after_noise(MethodOptions options) {
  if (options.noise_alpha == 0) return options;
  const double left = subtract_down(options.alpha, options.noise_alpha);
  if (!(left > 0)) {
    throw InputError("alpha = {}: {} noise takes {:.3g} of it; nothing is left for the bound",
                     options.alpha, options.noise.family->name, options.noise_alpha);
  }
  options.alpha = left;
  options.noise_alpha = 0;
  return options;
}

Certificate certify_one(const ImageSamples& samples, const Method& method,
                        const MethodOptions& options) {
  require_family(method, *options.noise.family);
  const SigmaMap* map = options.noise.map;
  if (map && options.noise.sigma != map->smallest) {
    throw InputError("a map of sigma, and another sigma than its smallest");
  }
  if (map && options.lipschitz > 0) {
    throw InputError(
        "a map of sigma goes with no Lipschitz constant: that radius is not in units of the noise");
  }
  if (options.lipschitz > 0 && options.noise.family->norm != "l2") {
    throw InputError("an l2 Lipschitz constant goes with no {} noise, which proves {}",
                     options.noise.family->name, options.noise.family->norm);
  }
  Certificate certificate = method.certify(samples, after_noise(options));
  certificate.alpha = method.certain ? 0 : options.alpha;
  certificate.norm = options.noise.family->norm;
  certificate.noise_alpha = options.noise_alpha;
  if (map) certificate.ellipsoid = ellipsoid_of(certificate.radius, *map);
  return certificate;
}

std::vector<Certificate> certify_many(const std::vector<ImageSamples>& images, const Method& method,
                                      const MethodOptions& options) {
  constexpr std::size_t kBlock = 64;  // some methods cost 5 µs an image
  std::vector<Certificate> certificates(images.size());
  for_each_on_all_cores(images.size(), kBlock, [&](std::size_t i) {
    certificates[i] = certify_one(images[i], method, options);
  });
  return certificates;
}

}  // namespace certify

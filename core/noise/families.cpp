#include "core/noise/families.h"

#include <numbers>
#include <string>
#include <vector>

#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {

namespace {

std::string listed(std::string_view NoiseFamily::*word) {
  std::vector<std::string_view> words;
  for (const NoiseFamily* family : kEveryFamily) words.push_back(family->*word);
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

// In the order of families.h: Gaussian noise, then the lattice of whole levels of 8 bits.
const NoiseFamily& plain_noise_family() { return *kEveryFamily[0]; }
const NoiseFamily& default_noise_family() { return *kEveryFamily[1]; }

const NoiseFamily& find_noise_family(std::string_view name) {
  for (const NoiseFamily* family : kEveryFamily) {
    if (family->name == name) return *family;
  }
  throw InputError("--noise {}: not known; there are {}", name, listed(&NoiseFamily::name));
}

std::string_view kind_of(const NoiseFamily& family) {
  return family.norm == "l2" ? "" : family.name.substr(0, family.name.find(':'));
}

double sigma_of_half_side(const NoiseFamily& family, double lambda) {
  if (family.norm != "l1") {
    std::vector<std::string_view> on_cubes;
    for (const NoiseFamily* one : kEveryFamily) {
      if (one->norm == "l1") on_cubes.push_back(one->name);
    }
    throw InputError("--lambda: {} noise is on no cube; give --sigma, or --noise {}", family.name,
                     fmt::join(on_cubes, ", "));
  }
  return lambda / std::numbers::sqrt3;
}

const NoiseFamily& noise_family_of_stream(std::string_view stream) {
  for (const NoiseFamily* family : kEveryFamily) {
    if (family->stream == stream) return *family;
  }
  throw DataError("noise '{}' is not known here; there are {}", stream,
                  listed(&NoiseFamily::stream));
}

}  // namespace certify

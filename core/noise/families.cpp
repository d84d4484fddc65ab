#include "core/noise/families.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using Member = std::string_view NoiseFamily::*;

const NoiseFamily* find(Member member, std::string_view value) {
  const auto found = std::ranges::find_if(
      kEveryFamily, [&](const NoiseFamily* family) { return family->*member == value; });
  return found == kEveryFamily.end() ? nullptr : *found;
}

std::string all(Member member) {
  std::vector<std::string_view> values;
  for (const NoiseFamily* family : kEveryFamily) values.push_back(family->*member);
  return fmt::format("{}", fmt::join(values, ", "));
}

}  // namespace

NoiseFamilies all_noise_families() { return kEveryFamily; }

const NoiseFamily& default_noise_family() { return *kEveryFamily.front(); }

const NoiseFamily& find_noise_family(std::string_view name) {
  if (const NoiseFamily* family = find(&NoiseFamily::name, name)) return *family;
  throw InputError(fmt::format("no noise '{}'; there are {}", name, all(&NoiseFamily::name)));
}

const NoiseFamily& noise_family_of_stream(std::string_view stream) {
  if (const NoiseFamily* family = find(&NoiseFamily::stream, stream)) return *family;
  throw DataError(
      fmt::format("noise '{}' is not known here; there are {}", stream, all(&NoiseFamily::stream)));
}

}  // namespace certify

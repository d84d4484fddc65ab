#include "core/noise/noise.h"

namespace certify {
namespace {

bool runs_here([[maybe_unused]] std::string_view instruction_set) {
#ifdef CERTIFY_X86_64
  if (instruction_set == "avx512") {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
  if (instruction_set == "avx2") {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
#endif
  return true;
}

}  // namespace

std::vector<NoisePath> usable_paths(std::vector<NoisePath> all) {
  std::erase_if(all, [](const NoisePath& path) { return !runs_here(path.name); });
  return all;
}

}  // namespace certify

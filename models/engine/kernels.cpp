#include "models/engine/kernels.h"

#if defined(CERTIFY_X86_64) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace certify {

using Convolution = void(const ConvCall&, std::int64_t);
Convolution direct_int8;
#ifdef CERTIFY_X86_64
Convolution winograd_avx2, direct_avx2, winograd_avx512, direct_avx512;
Convolution winograd_avx512_bf16, direct_avx512_bf16, direct_avx512_vnni, amx_bf16, amx_int8;
Convolution winograd_avx512_bf16_fma, direct_avx512_bf16_fma;
Convolution winograd_bf16_on_avx512, direct_bf16_on_avx512, winograd_bf16_on_avx2,
    direct_bf16_on_avx2;
#endif

namespace {

constexpr std::int64_t kWordBytes = 4, kAmxBytes = 64;

#ifdef CERTIFY_X86_64
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && has_avx2();
}

/// The processor has it, and the system lets this process use it: its registers are large, and
/// Linux wants to be asked.
bool has_amx() {
#ifdef __linux__
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  static const bool granted = ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return granted && __builtin_cpu_supports("amx-tile");
#else
  return false;
#endif
}

/// On AMD's processors VDPBF16PS is said to take as long as one FMA. On Intel's it takes four times
/// as long (Sapphire Rapids), so two FMAs are faster there, with the words taken apart for them.
void add_bf16(const auto& add) {
  const bool has_bf16 = has_avx512() && __builtin_cpu_supports("avx512bf16");
  const bool is_slow = __builtin_cpu_is("intel");
  const auto add_instruction = [&](bool here) {
    add(here, {"avx512_bf16", &winograd_avx512_bf16, &direct_avx512_bf16, 16, kWordBytes});
  };
  add_instruction(has_bf16 && !is_slow);
  add(has_bf16,
      {"avx512_bf16_fma", &winograd_avx512_bf16_fma, &direct_avx512_bf16_fma, 16, kWordBytes});
  add_instruction(has_bf16 && is_slow);
  add(has_avx512(), {"avx512", &winograd_bf16_on_avx512, &direct_bf16_on_avx512, 16, kWordBytes});
  add(has_avx2(), {"avx2", &winograd_bf16_on_avx2, &direct_bf16_on_avx2, 8, kWordBytes});
}
#endif

std::vector<Kernels> find(Arithmetic arithmetic) {
  std::vector<Kernels> usable;
  [[maybe_unused]] const auto add = [&](bool here, const Kernels& kernels) {
    if (here) usable.push_back(kernels);
  };
  switch (arithmetic) {
    case Arithmetic::kFp32:
#ifdef CERTIFY_X86_64
      add(has_avx512(), {"avx512", &winograd_avx512, &direct_avx512, 16, kWordBytes});
      add(has_avx2(), {"avx2", &winograd_avx2, &direct_avx2, 8, kWordBytes});
#endif
      break;
    case Arithmetic::kBf16:
#ifdef CERTIFY_X86_64
      add_bf16(add);
#endif
      break;
    case Arithmetic::kBf16Amx:
#ifdef CERTIFY_X86_64
      add(has_avx512() && has_amx() && __builtin_cpu_supports("avx512bf16") &&
              __builtin_cpu_supports("amx-bf16"),
          {"amx_bf16", nullptr, &amx_bf16, 0, kAmxBytes});
#endif
      break;
    case Arithmetic::kInt8:
#ifdef CERTIFY_X86_64
      add(has_avx512() && has_amx() && __builtin_cpu_supports("avx512vnni") &&
              __builtin_cpu_supports("amx-int8"),
          {"amx_int8", nullptr, &amx_int8, 0, kAmxBytes});
      add(has_avx512() && __builtin_cpu_supports("avx512vnni"),
          {"avx512_vnni", nullptr, &direct_avx512_vnni, 0, kWordBytes});
#endif
      add(true, {"portable", nullptr, &direct_int8, 0, kWordBytes});
      break;
  }
  return usable;
}

}  // namespace

const std::vector<Kernels>& kernels_of(Arithmetic arithmetic) {
  static const std::vector<Kernels> all[] = {find(Arithmetic::kFp32), find(Arithmetic::kBf16),
                                             find(Arithmetic::kBf16Amx), find(Arithmetic::kInt8)};
  return all[static_cast<int>(arithmetic)];
}

}  // namespace certify

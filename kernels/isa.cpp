#include "kernels/isa.h"

#include <cstdlib>
#include <string_view>

namespace nlb {
namespace {

Isa widest() {
#if defined(__x86_64__)
  // The set named avx512 is what LibTorch's own kernels of that name need as well.
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (avx2) return avx512 ? Isa::avx512 : Isa::avx2;
#endif
  return Isa::plain;
}

Isa choose() {
  const char* text = std::getenv("ATEN_CPU_CAPABILITY");
  const std::string_view wanted = text != nullptr ? text : "";
  Isa most = Isa::avx512;
  if (wanted == "default") most = Isa::plain;
  if (wanted == "avx2") most = Isa::avx2;
  const Isa has = widest();
  return has < most ? has : most;
}

}  // namespace

Isa cpu_isa() {
  static const Isa isa = choose();
  return isa;
}

bool has_isa(Isa isa) { return isa <= widest(); }

const char* name_of(Isa isa) {
  if (isa == Isa::avx512) return "avx512";
  return isa == Isa::avx2 ? "avx2" : "plain";
}

}  // namespace nlb

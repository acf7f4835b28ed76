// kernels/isa.h -- which instruction set our own hand-written CPU kernels use. Kernels that gain from wide registers
// are compiled once per set (nlb_isa_sources in kernels/CMakeLists.txt) and picked at run time; the choice is part of
// the determinism class, because fused multiply-adds and the width of a sum move bits.
#pragma once

namespace nlb {

enum class Isa { plain, avx2, avx512 };

/// The widest set that this processor has and ATEN_CPU_CAPABILITY (default, avx2, avx512: as LibTorch reads it) allows;
/// so one variable pins both. Asked once.
Isa cpu_isa();

/// Whether this processor can run code for `isa`.
bool has_isa(Isa isa);

/// "plain", "avx2", "avx512".
const char* name_of(Isa isa);

}  // namespace nlb

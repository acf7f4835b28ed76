// The tables that nlb_isa_sources compiled, one namespace per instruction set.
#include "kernels/augment.h"
#include "kernels/conv_stage.h"
#include "kernels/dropout_lanes.h"
#include "kernels/host_norm.h"
#include "kernels/image_ops.h"
#include "kernels/linear_lanes.h"
#include "kernels/optimiser_step.h"
#include "kernels/peak.h"
#include "kernels/resize_lanes.h"
#include "kernels/strided_conv.h"
#include "kernels/winograd.h"

namespace nlb {

#define NLB_DECLARE_TABLES(isa)                           \
  namespace isa {                                         \
  extern const AugmentKernels<float> kAugmentFloat;       \
  extern const AugmentKernels<double> kAugmentDouble;     \
  extern const FormulaKernels kAugmentFormula;            \
  extern const OperationKernels kImageOperations;         \
  extern const ConvKernels<float> kConvFloat;             \
  extern const ConvKernels<double> kConvDouble;           \
  extern const LinearKernels<float> kLinearFloat;         \
  extern const LinearKernels<double> kLinearDouble;       \
  extern const OptimiserKernels<float> kOptimiserFloat;   \
  extern const OptimiserKernels<double> kOptimiserDouble; \
  extern const PeakKernels kPeak;                         \
  extern const ResizeKernels kResize;                     \
  extern const DropoutLaneKernels kDropoutLanesTable;     \
  extern const HostNormKernels kHostNorm;                 \
  extern const StridedKernels kStrided;                   \
  extern const WinogradKernels<float> kWinogradFloat;     \
  extern const WinogradKernels<double> kWinogradDouble;   \
  }
NLB_DECLARE_TABLES(plain)
NLB_DECLARE_TABLES(avx2)
NLB_DECLARE_TABLES(avx512)

namespace {

template <typename Table>
const Table& pick(Isa isa, const Table& for_plain, const Table& for_avx2, const Table& for_avx512) {
  if (isa == Isa::avx512) return for_avx512;
  return isa == Isa::avx2 ? for_avx2 : for_plain;
}

}  // namespace

template <>
const AugmentKernels<float>& augment_kernels(Isa isa) {
  return pick(isa, plain::kAugmentFloat, avx2::kAugmentFloat, avx512::kAugmentFloat);
}
template <>
const AugmentKernels<double>& augment_kernels(Isa isa) {
  return pick(isa, plain::kAugmentDouble, avx2::kAugmentDouble, avx512::kAugmentDouble);
}
const FormulaKernels& formula_kernels(Isa isa) {
  return pick(isa, plain::kAugmentFormula, avx2::kAugmentFormula, avx512::kAugmentFormula);
}
const OperationKernels& operation_kernels(Isa isa) {
  return pick(isa, plain::kImageOperations, avx2::kImageOperations, avx512::kImageOperations);
}
template <>
const ConvKernels<float>& conv_kernels(Isa isa) {
  return pick(isa, plain::kConvFloat, avx2::kConvFloat, avx512::kConvFloat);
}
template <>
const ConvKernels<double>& conv_kernels(Isa isa) {
  return pick(isa, plain::kConvDouble, avx2::kConvDouble, avx512::kConvDouble);
}
template <>
const LinearKernels<float>& linear_kernels(Isa isa) {
  return pick(isa, plain::kLinearFloat, avx2::kLinearFloat, avx512::kLinearFloat);
}
template <>
const LinearKernels<double>& linear_kernels(Isa isa) {
  return pick(isa, plain::kLinearDouble, avx2::kLinearDouble, avx512::kLinearDouble);
}
template <>
const OptimiserKernels<float>& optimiser_kernels(Isa isa) {
  return pick(isa, plain::kOptimiserFloat, avx2::kOptimiserFloat, avx512::kOptimiserFloat);
}
template <>
const OptimiserKernels<double>& optimiser_kernels(Isa isa) {
  return pick(isa, plain::kOptimiserDouble, avx2::kOptimiserDouble, avx512::kOptimiserDouble);
}

template <>
const WinogradKernels<float>& winograd_kernels(Isa isa) {
  return pick(isa, plain::kWinogradFloat, avx2::kWinogradFloat, avx512::kWinogradFloat);
}
template <>
const WinogradKernels<double>& winograd_kernels(Isa isa) {
  return pick(isa, plain::kWinogradDouble, avx2::kWinogradDouble, avx512::kWinogradDouble);
}
const DropoutLaneKernels& dropout_lane_kernels(Isa isa) {
  return pick(isa, plain::kDropoutLanesTable, avx2::kDropoutLanesTable, avx512::kDropoutLanesTable);
}
const StridedKernels& strided_kernels(Isa isa) { return pick(isa, plain::kStrided, avx2::kStrided, avx512::kStrided); }
const HostNormKernels& host_norm_kernels(Isa isa) {
  return pick(isa, plain::kHostNorm, avx2::kHostNorm, avx512::kHostNorm);
}

const ResizeKernels& resize_kernels(Isa isa) { return pick(isa, plain::kResize, avx2::kResize, avx512::kResize); }

const PeakKernels& peak_kernels(Isa isa) { return pick(isa, plain::kPeak, avx2::kPeak, avx512::kPeak); }

}  // namespace nlb

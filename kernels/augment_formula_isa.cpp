// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h. A register of neighbouring columns at a
// time: the pixels are computed, not looked up, because a gather takes a load per pixel.
#include "kernels/augment.h"
#include "kernels/lanes.h"

namespace nlb::NLB_ISA {
namespace {

#if defined(__AVX2__)

constexpr auto kColumns = static_cast<int32_t>(kLanes<float>);
constexpr uint32_t kAllColumns = (1u << kColumns) - 1;

/// Bits [first, last) of a register's columns; both are cut to [0, kColumns].
uint32_t column_bits(int32_t first, int32_t last) {
  const auto cut = [](int32_t column) { return column < 0 ? 0 : (column > kColumns ? kColumns : column); };
  return kAllColumns & ~((1u << cut(first)) - 1) & ((1u << cut(last)) - 1);
}

/// The bytes at `first`; where a column's bit is unset 0, and its byte is not touched: it may lie outside the image.
[[gnu::always_inline]] inline __m128i load_bytes(const uint8_t* first, uint32_t inside) {
#if defined(__AVX512F__)
  return _mm_maskz_loadu_epi8(static_cast<__mmask16>(inside), first);
#else
  if (inside == kAllColumns) return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(first));
  uint64_t bytes = 0;
  for (int32_t column = 0; column < kColumns; ++column) {
    if ((inside >> column & 1) != 0) bytes |= uint64_t{first[column]} << (8 * column);
  }
  return _mm_cvtsi64_si128(static_cast<int64_t>(bytes));
#endif
}

[[gnu::always_inline]] inline __m128i reversed(__m128i bytes) {
  const __m128i order = kColumns == 16 ? _mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
                                       : _mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, -1, -1, -1, -1, -1, -1, -1, -1);
  return _mm_shuffle_epi8(bytes, order);
}

[[gnu::always_inline]] inline Lanes<float> as_floats(__m128i bytes) {
#if defined(__AVX512F__)
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
#else
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
#endif
}

/// Writes the columns whose bit is set.
[[gnu::always_inline]] inline void store(float* out, uint32_t written, Lanes<float> values) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(out, static_cast<__mmask16>(written), values);
#else
  if (written == kAllColumns) {
    _mm256_storeu_ps(out, values);
  } else {
    for (int32_t column = 0; column < kColumns; ++column) {
      if ((written >> column & 1) != 0) out[column] = values[column];
    }
  }
#endif
}

struct Spread {
  explicit Spread(const PixelFormula& formula)
      : unit(spread(formula.unit)),
        unit_rest(spread(formula.unit_rest)),
        mean(spread(formula.mean)),
        scale(spread(formula.scale)),
        scale_rest(spread(formula.scale_rest)) {}
  [[gnu::always_inline]] Lanes<float> operator()(Lanes<float> pixel) const {
    const Lanes<float> centred = fma(pixel, unit, pixel * unit_rest) - mean;
    return fma(centred, scale, centred * scale_rest);
  }
  Lanes<float> unit, unit_rest, mean, scale, scale_rest;
};

/// Columns [first, first + kColumns) of all lines of one channel.
template <bool kFlip>
void augment_columns(const uint8_t* plane, int32_t height, int32_t width, Placement placement, int32_t first,
                     const Spread& formula, float* out) {
  // The first of the neighbouring source columns, and which of them lie in the image.
  const int32_t source = kFlip ? placement.left + width - first - kColumns : placement.left + first;
  const uint32_t inside = column_bits(-source, width - source), written = column_bits(0, width - first);
  const Lanes<float> padding = formula(Lanes<float>{});
  for (int32_t y = 0; y < height; ++y) {
    const int32_t line = y + placement.top;
    float* target = out + int64_t{y} * width + first;
    if (line < 0 || line >= height) {
      store(target, written, padding);
      continue;
    }
    const __m128i bytes = load_bytes(plane + (int64_t{line} * width + source), inside);
    store(target, written, formula(as_floats(kFlip ? reversed(bytes) : bytes)));
  }
}

void augment_image(const uint8_t* image, int32_t channels, int32_t height, int32_t width, Placement placement,
                   const PixelFormula* formulas, float* out) {
  const int64_t plane_size = int64_t{height} * width;
  for (int32_t channel = 0; channel < channels; ++channel, image += plane_size, out += plane_size) {
    const Spread formula(formulas[channel]);
    for (int32_t first = 0; first < width; first += kColumns) {
      if (placement.flip) {
        augment_columns<true>(image, height, width, placement, first, formula, out);
      } else {
        augment_columns<false>(image, height, width, placement, first, formula, out);
      }
    }
  }
}

#else  // without fused multiply-adds the formula would round once more than the table

constexpr FormulaKernels::Image* augment_image = nullptr;

#endif

}  // namespace

extern const FormulaKernels kAugmentFormula;
constinit const FormulaKernels kAugmentFormula = {.image = augment_image};

}  // namespace nlb::NLB_ISA

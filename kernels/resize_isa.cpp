// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h. A weight is 2048 * high + low, so two taps
// of one value are one multiply-add of 16-bit pairs each, exactly.
#include "kernels/lanes.h"
#include "kernels/resize_lanes.h"

namespace nlb::NLB_ISA {
namespace {

constexpr int32_t kHalf = 1 << 21;

[[gnu::always_inline]] inline uint8_t rounded(int32_t high, int32_t low) {
  const int32_t value = (high * 2048 + low + kHalf) >> 22;
  return static_cast<uint8_t>(value < 0 ? 0 : (value > 255 ? 255 : value));
}

/// One byte: `count` taps, `step` bytes apart.
[[gnu::always_inline]] inline uint8_t tapped(const uint8_t* from, int64_t step, const int16_t* high, const int16_t* low,
                                             int64_t count) {
  int32_t high_sum = 0, low_sum = 0;
  for (int64_t tap = 0; tap < count; ++tap) {
    const int32_t value = from[tap * step];
    high_sum += value * high[tap];
    low_sum += value * low[tap];
  }
  return rounded(high_sum, low_sum);
}

struct Taps {
  int64_t first, count;
  const int16_t *high, *low;
};

[[gnu::always_inline]] inline Taps taps_of(const ResizeTaps& axis, int64_t i) {
  const int64_t at = i * axis.taps;
  return {axis.first[i], axis.count[i], axis.high + at, axis.low + at};
}

void line_bytes(const uint8_t* from, int64_t channels, const ResizeTaps& across, int64_t begin, int64_t end,
                uint8_t* to) {
  for (int64_t x = begin; x < end; ++x) {
    const Taps taps = taps_of(across, x);
    for (int64_t c = 0; c < channels; ++c) {
      to[x * channels + c] = tapped(from + taps.first * channels + c, channels, taps.high, taps.low, taps.count);
    }
  }
}

#if defined(__AVX2__)

/// Two weights of 16 bits as one number.
[[gnu::always_inline]] inline int32_t both_of(const int16_t* two) {
  int32_t both;
  __builtin_memcpy(&both, two, sizeof(both));
  return both;
}
[[gnu::always_inline]] inline __m128i sixteen_bytes(const uint8_t* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
[[gnu::always_inline]] inline __m256i two_lines(const uint8_t* from, int64_t stride) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(sixteen_bytes(from)), sixteen_bytes(from + stride), 1);
}

#if defined(__AVX512F__)
constexpr int kLines = 4;  // one per 128 bits of a register
using Register = __m512i;
[[gnu::always_inline]] inline Register pairs(const int16_t* two) { return _mm512_set1_epi32(both_of(two)); }
[[gnu::always_inline]] inline Register with_product(Register sum, Register values, Register weights) {
  return _mm512_add_epi32(sum, _mm512_madd_epi16(values, weights));
}
[[gnu::always_inline]] inline Register shuffled(Register values, __m128i order) {
  return _mm512_shuffle_epi8(values, _mm512_broadcast_i32x4(order));
}
[[gnu::always_inline]] inline Register gathered(const uint8_t* from, int64_t stride) {
  const __m256i above = two_lines(from, stride);
  const __m256i below = two_lines(from + 2 * stride, stride);
  return _mm512_inserti64x4(_mm512_castsi256_si512(above), below, 1);
}
/// Four bytes of each 128 bits.
[[gnu::always_inline]] inline __m128i to_bytes(Register high, Register low) {
  const Register sum = _mm512_add_epi32(_mm512_add_epi32(_mm512_slli_epi32(high, 11), low), _mm512_set1_epi32(kHalf));
  const Register value = _mm512_max_epi32(_mm512_srai_epi32(sum, 22), _mm512_setzero_si512());
  return _mm512_cvtusepi32_epi8(value);
}
/// Of kColumnBytes columns the bytes of two lines, in pairs.
[[gnu::always_inline]] inline Register columns_of(const uint8_t* one, const uint8_t* two) {
  const __m128i a = sixteen_bytes(one), b = sixteen_bytes(two);
  const __m256i front = _mm256_castsi128_si256(_mm_unpacklo_epi8(a, b));
  return _mm512_cvtepu8_epi16(_mm256_inserti128_si256(front, _mm_unpackhi_epi8(a, b), 1));
}
constexpr int kColumnBytes = 16;
#else
constexpr int kLines = 2;
using Register = __m256i;
[[gnu::always_inline]] inline Register pairs(const int16_t* two) { return _mm256_set1_epi32(both_of(two)); }
[[gnu::always_inline]] inline Register with_product(Register sum, Register values, Register weights) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(values, weights));
}
[[gnu::always_inline]] inline Register shuffled(Register values, __m128i order) {
  return _mm256_shuffle_epi8(values, _mm256_broadcastsi128_si256(order));
}
[[gnu::always_inline]] inline Register gathered(const uint8_t* from, int64_t stride) { return two_lines(from, stride); }
[[gnu::always_inline]] inline __m128i to_bytes(Register high, Register low) {
  const Register sum = _mm256_add_epi32(_mm256_add_epi32(_mm256_slli_epi32(high, 11), low), _mm256_set1_epi32(kHalf));
  const Register value = _mm256_srai_epi32(sum, 22);
  const __m256i words = _mm256_packs_epi32(value, value);
  const __m256i bytes = _mm256_packus_epi16(words, words);  // four bytes of each half, again and again
  return _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
}
[[gnu::always_inline]] inline Register columns_of(const uint8_t* one, const uint8_t* two) {
  const __m128i a = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(one));
  const __m128i b = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(two));
  return _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
}
constexpr int kColumnBytes = 8;
#endif

/// kLines lines of three channels at once: of each four neighbouring pixels (r0 r1 g0 g1 b0 b1 - -) and (r2 r3 ...).
/// Reads 16 bytes from each fourth tap on.
[[gnu::always_inline]] inline void pixel_of_lines(const uint8_t* from, int64_t stride, const Taps& taps, uint8_t* to,
                                                  int64_t to_stride) {
  const __m128i front = _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
  const __m128i back = _mm_setr_epi8(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  Register high = {}, low = {};
  int64_t tap = 0;
  for (; tap + 2 < taps.count; tap += 4) {
    const Register values = gathered(from + (taps.first + tap) * 3, stride);
    const Register one = shuffled(values, front), two = shuffled(values, back);
    high = with_product(with_product(high, one, pairs(taps.high + tap)), two, pairs(taps.high + tap + 2));
    low = with_product(with_product(low, one, pairs(taps.low + tap)), two, pairs(taps.low + tap + 2));
  }
  if (tap < taps.count) {
    const Register one = shuffled(gathered(from + (taps.first + tap) * 3, stride), front);
    high = with_product(high, one, pairs(taps.high + tap));
    low = with_product(low, one, pairs(taps.low + tap));
  }
  alignas(16) uint8_t bytes[16];
  _mm_store_si128(reinterpret_cast<__m128i*>(bytes), to_bytes(high, low));
  for (int line = 0; line < kLines; ++line) __builtin_memcpy(to + line * to_stride, bytes + 4 * line, 3);
}

/// The new pixels whose reads of 16 bytes end inside their lines: those before the number returned.
int64_t safe_pixels(const ResizeTaps& across, int64_t width) {
  int64_t x = across.out;
  while (x > 0) {
    const int64_t last_group = (across.count[x - 1] - 1) / 4 * 4;
    if ((across.first[x - 1] + last_group) * 3 + 16 <= width * 3) break;
    --x;
  }
  return x;
}

void lines_of_colour(const PixelLines& from, const ResizeTaps& across, uint8_t* to, int64_t to_stride) {
  const int64_t safe = safe_pixels(across, from.width);
  int64_t y = 0;
  for (; y + kLines <= from.height; y += kLines) {
    const uint8_t* lines = from.pixels + y * from.stride;
    for (int64_t x = 0; x < safe; ++x) {
      pixel_of_lines(lines, from.stride, taps_of(across, x), to + y * to_stride + 3 * x, to_stride);
    }
    for (int64_t line = 0; line < kLines; ++line)
      line_bytes(lines + line * from.stride, 3, across, safe, across.out, to + (y + line) * to_stride);
  }
  for (; y < from.height; ++y) line_bytes(from.pixels + y * from.stride, 3, across, 0, across.out, to + y * to_stride);
}

/// kColumnBytes bytes of one new line. An odd last tap is paired with itself, under weight 0.
[[gnu::always_inline]] inline void bytes_of_columns(const uint8_t* from, int64_t stride, const Taps& taps,
                                                    uint8_t* to) {
  Register high = {}, low = {};
  for (int64_t tap = 0; tap < taps.count; tap += 2) {
    const uint8_t* one = from + tap * stride;
    const uint8_t* two = tap + 1 < taps.count ? one + stride : one;
    const Register values = columns_of(one, two);
    high = with_product(high, values, pairs(taps.high + tap));
    low = with_product(low, values, pairs(taps.low + tap));
  }
  const __m128i bytes = to_bytes(high, low);
  __builtin_memcpy(to, &bytes, kColumnBytes);
}

#endif  // __AVX2__

void along_lines(const PixelLines& from, int64_t channels, const ResizeTaps& across, uint8_t* to, int64_t to_stride) {
#if defined(__AVX2__)
  if (channels == 3) return lines_of_colour(from, across, to, to_stride);
#endif
  for (int64_t y = 0; y < from.height; ++y)
    line_bytes(from.pixels + y * from.stride, channels, across, 0, across.out, to + y * to_stride);
}

void along_columns(const PixelLines& from, const ResizeTaps& down, uint8_t* to, int64_t to_stride) {
  for (int64_t y = 0; y < down.out; ++y) {
    const Taps taps = taps_of(down, y);
    const uint8_t* first = from.pixels + taps.first * from.stride;
    uint8_t* line = to + y * to_stride;
    int64_t x = 0;
#if defined(__AVX2__)
    for (; x + kColumnBytes <= from.width; x += kColumnBytes) bytes_of_columns(first + x, from.stride, taps, line + x);
#endif
    for (; x < from.width; ++x) line[x] = tapped(first + x, from.stride, taps.high, taps.low, taps.count);
  }
}

}  // namespace

extern const ResizeKernels kResize;
constinit const ResizeKernels kResize = {.along_lines = along_lines, .along_columns = along_columns};

}  // namespace nlb::NLB_ISA

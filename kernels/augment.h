// kernels/augment.h -- gather, random crop after zero padding, horizontal flip and normalisation of resident uint8
// images in one pass, as torchvision's RandomCrop(size, padding), RandomHorizontalFlip, ToTensor and Normalize do one
// after the other. The bodies are host and device code: both launchers call them, so what the CPU test checks is what
// the GPU runs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/draws.h"
#include "kernels/image_policy.h"
#include "kernels/isa.h"

namespace nlb {

/// Images in the memory of the device that runs the kernel: uint8 [*, channels, height, width].
struct PixelArray {
  const uint8_t* pixels = nullptr;
  int32_t channels = 0, height = 0, width = 0;
  bool gathered = false;            ///< image b of a call lies at place b, not at that of rows[b]
  const int64_t* places = nullptr;  ///< where the image of each row lies, several rows at one place; null: at the row

  /// The image of row `row`, the call's image b.
  NLB_HD const uint8_t* image(int64_t b, int64_t row) const {
    const int64_t place = gathered ? b : (places != nullptr ? places[row] : row);
    return pixels + place * channels * height * width;
  }
};

/// How samples are changed: by a policy, then crop, flip and normalisation, then a square cut out. What is drawn for
/// the image in row r is drawn at (epoch, r) of a key of its own, so it depends neither on the batch nor on its order;
/// only a shared policy is drawn at `batch`. The default: images come as they are stored, and nothing is drawn.
struct Augmentation {
  Key key = {}, policy_key = {}, cutout_key = {};
  uint64_t epoch = 0;
  uint32_t view = 0;
  int32_t pad = 0;  ///< pixels on each side before cropping back to the original size
  bool flip = false;
  bool pad_normalised = false;  ///< what is padded is 0 after normalisation, else before it
  int32_t cutout = 0;           ///< side of a square (kernels/image_ops.h) that is 0 after normalisation; 0: none
  ImagePolicy policy = {};      ///< of images with three channels; what it uncovers is 0 after normalisation
  uint64_t batch = 0;
};

/// Output pixel (y, x) shows input pixel (y + top, (flip ? width - 1 - x : x) + left); outside the image lies padding.
struct Placement {
  int32_t top = 0, left = 0;  ///< [-pad, pad]
  bool flip = false;
};

NLB_HD inline Placement draw_placement(const Augmentation& how, int64_t row) {
  Placement placement;
  if (how.pad == 0 && !how.flip) return placement;
  const Words4 words = draw(how.key, how.epoch, static_cast<uint64_t>(row), how.view);
  const uint32_t offsets = 2 * static_cast<uint32_t>(how.pad) + 1;
  placement.top = static_cast<int32_t>(below(words.word[0], offsets)) - how.pad;
  placement.left = static_cast<int32_t>(below(words.word[1], offsets)) - how.pad;
  placement.flip = how.flip && below(words.word[2], 2) == 1;
  return placement;
}

NLB_HD inline Square draw_cutout(const Augmentation& how, int64_t row, int32_t height, int32_t width) {
  if (how.cutout == 0) return {};
  const Words4 words = draw(how.cutout_key, how.epoch, static_cast<uint64_t>(row), how.view);
  const Centre centre = {static_cast<int32_t>(below(words.word[0], static_cast<uint32_t>(height))),
                         static_cast<int32_t>(below(words.word[1], static_cast<uint32_t>(width)))};
  return square_about(centre, how.cutout, height, width);
}

NLB_HD inline PolicyDraws policy_draws(const Augmentation& how) {
  return {.key = how.policy_key, .epoch = how.epoch, .batch = how.batch, .view = how.view};
}

/// Line y of one channel of one sample: `plane` is the channel's [height, width] pixels, `table` its 256 normalised
/// values, `out` the [width] output. Writes columns first, first + step, ...: 0 and 1 for a whole line, the lane and
/// the warp's size on a GPU.
template <class T>
[[gnu::always_inline]] NLB_HD inline void augment_line(const uint8_t* __restrict__ plane, int32_t height, int32_t width,
                                                       int32_t y, Placement placement, const T* __restrict__ table,
                                                       int32_t first, int32_t step, T* __restrict__ out) {
  const T padding = table[0];
  const int32_t source = y + placement.top;
  const bool inside = source >= 0 && source < height;
  // The columns that show the image are [begin, end): those whose source column lies in [0, width).
  const int32_t shift = placement.flip ? placement.left : -placement.left;
  const int32_t begin = !inside || shift >= width ? width : (shift > 0 ? shift : 0);
  const int32_t end = shift >= 0 ? width : (shift > -width ? width + shift : 0);
  const uint8_t* line = plane + static_cast<int64_t>(inside ? source : 0) * width;
  int32_t x = first;
  for (; x < begin; x += step) out[x] = padding;
  if (placement.flip) {
    for (; x < end; x += step) out[x] = table[line[placement.left + width - 1 - x]];
  } else {
    for (; x < end; x += step) out[x] = table[line[placement.left + x]];
  }
  for (; x < width; x += step) out[x] = padding;
}

/// Sets to 0, in line y of one channel of one sample, what lies in `square`, what `cover` ([height, width], may be
/// null) marks with 0, and with `clear_padding` what is padded. Columns as augment_line.
template <class T>
NLB_HD inline void clear_line(const uint8_t* cover, int32_t height, int32_t width, int32_t y, Placement placement,
                              const Square& square, bool clear_padding, int32_t first, int32_t step, T* out) {
  const int32_t line = y + placement.top;
  const bool cut = y >= square.top && y < square.bottom;
  for (int32_t x = first; x < width; x += step) {
    const int32_t column = (placement.flip ? width - 1 - x : x) + placement.left;
    const bool padded = line < 0 || line >= height || column < 0 || column >= width;
    const bool empty = padded ? clear_padding : cover != nullptr && cover[int64_t{line} * width + column] == 0;
    if (empty || (cut && x >= square.left && x < square.right)) out[x] = T{0};
  }
}

/// One image, all lines: `image` [channels, height, width] -> `out`, the same shape. Wide registers look up several
/// pixels at once; all sets give the same bits. Code for a set that the processor lacks must not be called.
template <class T>
struct AugmentKernels {
  void (*image)(const uint8_t* image, int32_t channels, int32_t height, int32_t width, Placement placement,
                const T* table, T* out);
};
template <class T>
const AugmentKernels<T>& augment_kernels(Isa isa = cpu_isa());
template <>
const AugmentKernels<float>& augment_kernels(Isa isa);
template <>
const AugmentKernels<double>& augment_kernels(Isa isa);

/// One channel's table as arithmetic: t = fma(x, unit, x * unit_rest) - mean; value = fma(t, scale, t * scale_rest), in
/// float. A reciprocal kept in two floats rounds as the quotient does.
struct PixelFormula {
  float unit = 0, unit_rest = 0, mean = 0, scale = 0, scale_rest = 0;
};

/// One image as AugmentKernels<float> makes it, computed instead of looked up. image is null for a set that has no
/// fused multiply-add.
struct FormulaKernels {
  using Image = void(const uint8_t* image, int32_t channels, int32_t height, int32_t width, Placement placement,
                     const PixelFormula* formulas, float* out);
  Image* image;
};
const FormulaKernels& formula_kernels(Isa isa = cpu_isa());

/// [channels, 256]: the value of each pixel, (x / 255 - mean) / std, every operation rounded in T as torchvision's
/// float tensors round it. Empty mean and std: x / 255. T: float or double.
template <class T>
std::vector<T> normalisation_table(int32_t channels, std::span<const double> mean, std::span<const double> std);

/// One formula a channel, each of which gives all 256 values of normalisation_table<float> bit for bit; empty where one
/// does not, so that callers look up.
std::vector<PixelFormula> pixel_formulas(int32_t channels, std::span<const double> mean, std::span<const double> std);

/// out[b] [channels, height, width] = image `rows[b]`, augmented and looked up in `table` [channels, 256], for b <
/// count. All pointers, how.policy's too, are host memory; each row, or its place, lies inside `images`. T: float or
/// double.
template <class T>
void augment_cpu(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how, const T* table,
                 T* out);

/// The same bits by `formulas` (pixel_formulas, not empty), where formula_kernels() has a kernel.
void augment_cpu(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how,
                 std::span<const PixelFormula> formulas, float* out);

/// The same on the current CUDA device; pointers, how.policy's too, are device memory, `stream` a cudaStream_t.
/// `canvases` [count, 2, kCanvasPlanes, height, width] is for a policy to work in; without one it may be null. Returns
/// when launched. Throws InternalError when the launch is refused.
template <class T>
void augment_cuda(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how, const T* table,
                  uint8_t* canvases, T* out, void* stream);

}  // namespace nlb

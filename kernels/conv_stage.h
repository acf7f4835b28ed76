// kernels/conv_stage.h -- convolution, ReLU and 2x2 pooling of small nets on one CPU thread, forward and backward. Each
// register holds one pixel of `lanes` images side by side: however few channels a layer has, every instruction is full.
// A block is `lanes` images; its planes are [channel][row][column][lane]. Missing images of the last block are zeros.
#pragma once

#include <cstdint>

#include "kernels/isa.h"

namespace nlb {

/// One stage: convolution with bias (stride 1), then ReLU and 2x2 pooling of stride 2.
struct ConvStage {
  int64_t in = 0, out = 0;          ///< channels
  int64_t height = 0, width = 0;    ///< of the input, without padding
  int64_t kernel = 3, padding = 1;  ///< kernel 3 or 5
  enum class Pool { average_of_relu, relu_of_max } pool = Pool::average_of_relu;

  // Always inlined: this struct is seen by files compiled for different instruction sets (kernels/lanes.h).
  [[gnu::always_inline]] int64_t padded_height() const { return height + 2 * padding; }
  [[gnu::always_inline]] int64_t padded_width() const { return width + 2 * padding; }
  [[gnu::always_inline]] int64_t conv_height() const { return padded_height() - kernel + 1; }  ///< even
  [[gnu::always_inline]] int64_t conv_width() const { return padded_width() - kernel + 1; }    ///< even
  [[gnu::always_inline]] int64_t weights() const { return out * in * kernel * kernel; }
  [[gnu::always_inline]] int64_t pooled() const {
    return out * (conv_height() / 2) * (conv_width() / 2);
  }  ///< values an image
  // Values of one lane; a buffer of a block holds `lanes` times as many.
  [[gnu::always_inline]] int64_t input_values() const { return in * padded_height() * padded_width(); }
  [[gnu::always_inline]] int64_t convolved_values() const { return out * conv_height() * conv_width(); }
  /// The gradient of `convolved` inside a border of kernel - 1 - padding zeros.
  [[gnu::always_inline]] int64_t gradient_values() const {
    const int64_t border = kernel - 1 - padding;
    return out * (conv_height() + 2 * border) * (conv_width() + 2 * border);
  }
};

/// Pooled values of a stage as the next one wants them: value (channel, y, x) is the register at
/// values + ((channel * height + y) * width + x) * step * lanes, where values is already behind a border.
template <typename T>
struct LanePlanes {
  T* values = nullptr;
  int64_t height = 0, width = 0;  ///< of a plane, border included
  int64_t step = 1;               ///< registers from one value to the next
};

/// All buffers are aligned to 64 bytes. `packed` weights come from the two pack functions of the same table.
template <typename T>
struct ConvKernels {
  int64_t lanes;
  /// images [count, channels, height, width], count <= lanes -> planes with a border of `padding` zeros (only the
  /// inside is written: the border was zeroed once).
  void (*load_images)(const ConvStage& stage, const T* images, int64_t count, T* input);
  /// weights [out, in, kernel, kernel] -> packed, as many values.
  void (*pack)(const ConvStage& stage, const T* weights, T* packed);
  void (*pack_flipped)(const ConvStage& stage, const T* weights, T* packed);  ///< for input_gradient
  /// input -> convolved [out, conv_height, conv_width] (before pooling; after ReLU where the pool averages) and pooled.
  void (*forward)(const ConvStage& stage, const T* input, const T* packed, const T* bias, T* convolved,
                  LanePlanes<T> pooled);
  /// Gradient of the pooled values [out, conv_height / 2, conv_width / 2], `step` registers apart -> gradient of the
  /// convolution's output, inside its border (gradient_values(); the border was zeroed once). Adds to bias_gradient.
  void (*pool_gradient)(const ConvStage& stage, const T* convolved, const T* pooled_gradient, int64_t step, T* gradient,
                        T* bias_gradient);
  /// Adds to weight_gradient [out, in, kernel, kernel].
  void (*weight_gradient)(const ConvStage& stage, const T* input, const T* gradient, T* weight_gradient);
  /// -> [in, height, width], no border.
  void (*input_gradient)(const ConvStage& stage, const T* gradient, const T* packed_flipped, T* input_gradient);
};

/// T: float or double. Code for a set that the processor lacks must not be called.
template <typename T>
const ConvKernels<T>& conv_kernels(Isa isa = cpu_isa());
template <>
const ConvKernels<float>& conv_kernels(Isa isa);
template <>
const ConvKernels<double>& conv_kernels(Isa isa);

}  // namespace nlb

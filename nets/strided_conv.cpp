#include "nets/strided_conv.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/error.h"
#include "kernels/strided_conv.h"

namespace nlb {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kChannelsLast = torch::MemoryFormat::ChannelsLast;
constexpr int64_t kOutMultiple = 16;

/// Tiles of one block: transformed weights that fit no cache should be read seldom (nets/winograd_conv.cpp). A constant
/// of the shape, since sums over tiles are added up block by block.
int64_t block_tiles(const StridedShape& shape) { return shape.in * shape.out > 64 * 128 ? 128 : 48; }

StridedShape shape_of(const torch::Tensor& input, const torch::Tensor& weight) {
  return {.images = input.size(0),
          .height = input.size(2),
          .width = input.size(3),
          .in = input.size(1),
          .out = weight.size(0)};
}

torch::Tensor matrices(int64_t rows, int64_t columns) {
  return torch::empty({kStridedFrequencies * frequency_step(rows, columns)}, torch::kFloat32);
}

torch::Tensor map_like(const torch::Tensor& other, int64_t channels, int64_t height, int64_t width) {
  return torch::empty({other.size(0), channels, height, width}, other.options().memory_format(kChannelsLast));
}

/// Blocks go to threads in runs; each thread has scratch of its own.
template <typename Pass>
void over_blocks(Pass pass, const StridedShape& shape, const torch::Tensor& from, const torch::Tensor& transformed,
                 torch::Tensor& to) {
  const int64_t tiles = shape.tiles(), block = std::min(tiles, block_tiles(shape));
  at::parallel_for(0, (tiles + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
    auto scratch =
        torch::empty({kStridedFrequencies * (frequency_step(block, shape.depth()) + frequency_step(block, shape.out))},
                     torch::kFloat32);
    for (int64_t b = begin; b < end; ++b) {
      pass(shape, from.const_data_ptr<float>(), transformed.const_data_ptr<float>(), b * block,
           std::min((b + 1) * block, tiles), scratch.data_ptr<float>(), to.data_ptr<float>());
    }
  });
}

/// As that of nets/winograd_conv.cpp: tile by tile, then frequency by frequency, blocks in their order.
torch::Tensor weight_gradient(const torch::Tensor& input, const torch::Tensor& slopes, const StridedShape& shape) {
  const auto& kernels = strided_kernels();
  const int64_t tiles = shape.tiles(), block = std::min(tiles, block_tiles(shape));
  auto sums = matrices(shape.depth(), shape.out).zero_();
  auto inputs = matrices(block, shape.depth()), of_slopes = matrices(block, shape.out);
  for (int64_t first = 0; first < tiles; first += block) {
    const int64_t last = std::min(first + block, tiles);
    at::parallel_for(first, last, 4, [&](int64_t begin, int64_t end) {
      kernels.input_values(shape, input.const_data_ptr<float>(), first, last, begin, end, inputs.data_ptr<float>());
      kernels.slope_values(shape, slopes.const_data_ptr<float>(), first, last, begin, end, of_slopes.data_ptr<float>());
    });
    at::parallel_for(0, kStridedFrequencies, 1, [&](int64_t begin, int64_t end) {
      kernels.add_products(shape, inputs.const_data_ptr<float>(), of_slopes.const_data_ptr<float>(), last - first,
                           begin, end, sums.data_ptr<float>());
    });
  }
  auto gradient = torch::zeros({shape.out, shape.in, 3, 3}, torch::kFloat32);
  kernels.weight_gradient(sums.const_data_ptr<float>(), shape.out, shape.in, gradient.data_ptr<float>());
  return gradient;
}

class StridedFunction : public torch::autograd::Function<StridedFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input, const torch::Tensor& weight) {
    const auto source = input.contiguous(kChannelsLast), taps = weight.contiguous();
    const StridedShape shape = shape_of(source, weight);
    auto transformed = matrices(shape.depth(), shape.out);
    strided_kernels().transform_weights(taps.const_data_ptr<float>(), shape.out, shape.in,
                                        transformed.data_ptr<float>());
    context->save_for_backward({source, weight});
    auto output = map_like(source, shape.out, shape.out_height(), shape.out_width());
    over_blocks(strided_kernels().forward, shape, source, transformed, output);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    NLB_CHECK(!torch::GradMode::is_enabled(), "our own convolution has no second derivative");
    const auto saved = context->get_saved_variables();
    const torch::Tensor &input = saved[0], weight = saved[1].contiguous(),
                        slopes = gradients[0].contiguous(kChannelsLast);
    const StridedShape shape = shape_of(input, weight);
    torch::Tensor to_input, to_weight;
    if (context->needs_input_grad(0)) {
      auto transformed = matrices(shape.depth(), shape.out);
      strided_kernels().transform_weights_back(weight.const_data_ptr<float>(), shape.out, shape.in,
                                               transformed.data_ptr<float>());
      to_input = map_like(input, shape.in, shape.height, shape.width);
      over_blocks(strided_kernels().backward, shape, slopes, transformed, to_input);
    }
    if (context->needs_input_grad(1)) to_weight = weight_gradient(input, slopes, shape);
    return {to_input, to_weight};
  }
};

}  // namespace

bool takes_strided(const torch::Tensor& input, const torch::Tensor& weight, int64_t stride, int64_t padding) {
  return input.is_cpu() && input.scalar_type() == torch::kFloat32 && weight.scalar_type() == torch::kFloat32 &&
         weight.size(2) == 3 && weight.size(3) == 3 && stride == 2 && padding == 1 && input.size(2) % 2 == 0 &&
         input.size(3) % 2 == 0 && weight.size(1) % kStridedIn == 0 && weight.size(0) % kOutMultiple == 0 &&
         input.numel() > 0;
}

torch::Tensor strided_conv(const torch::Tensor& input, const torch::Tensor& weight) {
  return StridedFunction::apply(input, weight);
}

}  // namespace nlb

#include "batches/augment_aten.h"

namespace nlb {
namespace {

/// [B, length] on the device: the source line or column of each output line or column, outside [0, length) for padding.
torch::Tensor sources(const torch::Tensor& start, const torch::Tensor& direction, int64_t length) {
  return start.unsqueeze(1) + direction.unsqueeze(1) * torch::arange(length, start.options());
}

torch::Tensor inside(const torch::Tensor& source, int64_t length) { return (source >= 0).logical_and(source < length); }

template <class T>
torch::Tensor augment_on_host(const torch::Tensor& gathered, const torch::Tensor& rows, const Augmentation& how,
                              const torch::Tensor& table) {
  const auto images = gathered.cpu(), host_rows = rows.cpu(), host_table = table.cpu();
  const PixelArray array = {images.const_data_ptr<uint8_t>(), static_cast<int32_t>(images.size(1)),
                            static_cast<int32_t>(images.size(2)), static_cast<int32_t>(images.size(3)),
                            /*gathered=*/true};
  auto out = torch::empty(images.sizes(), host_table.options());
  augment_cpu(array, host_rows.const_data_ptr<int64_t>(), rows.size(0), how, host_table.const_data_ptr<T>(),
              out.mutable_data_ptr<T>());
  return out.to(gathered.device());
}

}  // namespace

torch::Tensor augment_aten(const torch::Tensor& pixels, const torch::Tensor& rows, const torch::Tensor& images,
                           const Augmentation& how, const torch::Tensor& table) {
  if (how.policy.rounds > 0 || how.cutout > 0 || how.pad_normalised) {
    const auto gathered = pixels.index_select(0, images);
    return table.scalar_type() == torch::kFloat32 ? augment_on_host<float>(gathered, rows, how, table)
                                                  : augment_on_host<double>(gathered, rows, how, table);
  }
  const int64_t count = rows.size(0), channels = pixels.size(1), height = pixels.size(2), width = pixels.size(3);
  const auto host_rows = rows.cpu();
  auto starts = torch::empty({3, count}, torch::kLong);  // top line, left column, step along columns
  auto start = starts.accessor<int64_t, 2>();
  for (int64_t b = 0; b < count; ++b) {
    const Placement placement = draw_placement(how, host_rows.const_data_ptr<int64_t>()[b]);
    start[0][b] = placement.top;
    start[1][b] = placement.flip ? placement.left + width - 1 : placement.left;
    start[2][b] = placement.flip ? -1 : 1;
  }
  starts = starts.to(pixels.device());
  const auto line = sources(starts[0], torch::ones_like(starts[0]), height).view({count, 1, height, 1});
  const auto column = sources(starts[1], starts[2], width).view({count, 1, 1, width});
  const auto channel = torch::arange(channels, starts.options()).view({1, channels, 1, 1});
  const auto shown =
      pixels.index({images.view({count, 1, 1, 1}), channel, line.clamp(0, height - 1), column.clamp(0, width - 1)});
  const auto visible = inside(line, height).logical_and(inside(column, width));
  return table.index({channel, (shown * visible).to(torch::kLong)});
}

}  // namespace nlb

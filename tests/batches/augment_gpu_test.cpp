#include <catch2/catch.hpp>

#include "batches/resident_images.h"
#include "tests/support/gpu.h"
#include "tests/support/pixels.h"

namespace {

nlb::ImageSet some_images(int64_t count, int64_t channels, int64_t height, int64_t width) {
  nlb::test::PixelSet images = {
      .count = count, .channels = channels, .height = height, .width = width, .pixels = {}, .labels = {}};
  for (int64_t i = 0; i < count * images.image_bytes(); ++i)
    images.pixels.push_back(static_cast<uint8_t>(i * 37 % 256));
  return images;
}

}  // namespace

TEST_CASE("a GPU shows the bits that the host shows", "[batches][augment][gpu]") {
  if (!nlb::test::have_gpu()) return;
  const auto type = GENERATE(torch::kFloat32, torch::kFloat64);
  const auto width = GENERATE(as<int64_t>{}, 1, 28, 32, 33);
  const auto count = GENERATE(as<int64_t>{}, 0, 1, 31, 32, 33, 1000);
  const auto images = some_images(40, 3, 9, width);
  std::vector<int64_t> chosen(40);
  for (size_t i = 0; i < chosen.size(); ++i) chosen[i] = static_cast<int64_t>(39 - i);
  const nlb::NormalisationSpec spec = {.mean = {0.5, 0.25, 0.125}, .std = {0.25, 0.5, 0.3}};
  const nlb::ResidentImages host(*images.images, chosen, spec, torch::kCPU, type),
      device(*images.images, chosen, spec, torch::kCUDA, type);
  const auto rows = torch::arange(count).mul(7).remainder(40);
  const nlb::Augmentation how = {.key = nlb::derive(1, "augment/x"), .epoch = 3, .view = 1, .pad = 4, .flip = true};
  CHECK(torch::equal(device.render(rows.to(torch::kCUDA), how).cpu(), host.render(rows, how)));
  CHECK(torch::equal(device.render(rows.to(torch::kCUDA)).cpu(), host.render(rows)));
}

#if defined(NLB_WITH_CUDA)
TEST_CASE("the CUDA kernel writes nothing behind its output", "[batches][augment][gpu]") {
  if (!nlb::test::have_gpu()) return;
  const auto count = GENERATE(as<int64_t>{}, 0, 1, 31, 32, 33, 1000);
  const auto on_device = torch::TensorOptions(torch::kCUDA);
  const auto pixels = torch::zeros({40, 3, 9, 33}, on_device.dtype(torch::kUInt8));
  const auto rows = torch::zeros({count}, on_device.dtype(torch::kLong));
  const auto table = torch::ones({3, 256}, on_device);
  auto out = torch::full({count * 3 * 9 * 33 + 64}, -7.0f, on_device);
  nlb::augment_cuda({pixels.const_data_ptr<uint8_t>(), 3, 9, 33}, rows.const_data_ptr<int64_t>(), count,
                    {.key = nlb::derive(1, "augment/x"), .pad = 4, .flip = true}, table.const_data_ptr<float>(),
                    /*canvases=*/nullptr, out.mutable_data_ptr<float>(), /*stream=*/nullptr);
  const auto parts = out.cpu().split({count * 3 * 9 * 33, 64});
  CHECK(parts[0].eq(1).all().item<bool>());
  CHECK(parts[1].eq(-7).all().item<bool>());
}
#endif

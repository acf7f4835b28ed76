// Images that are seen at another size than they are stored with, from the source to the batches a net gets.
#include <catch2/catch.hpp>
#include <fstream>

#include "batches/training_set.h"
#include "batches/view.h"
#include "core/json.h"
#include "datasets/training_data.h"
#include "tests/support/pixels.h"

namespace nlb {
namespace {

/// `count` copies of the image of tests/batches/views.py, seen at `operations`.
TrainingData seen_data(ImageShape shape, int64_t count, const ImageOperations& operations) {
  test::PixelSet images{.count = count,
                        .channels = shape.channels,
                        .height = shape.height,
                        .width = shape.width,
                        .pixels = {},
                        .labels = {}};
  TrainingData data;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t c = 0; c < shape.channels; ++c) {
      for (int64_t y = 0; y < shape.height; ++y) {
        for (int64_t x = 0; x < shape.width; ++x) {
          images.pixels.push_back(static_cast<uint8_t>((37 * c + 101 * y + 53 * x + 17 * (x * y % 13)) % 256));
        }
      }
    }
    images.labels.push_back(i % 2);
    data.train_index.push_back(i);
  }
  data.dataset.classes = 2;
  data.dataset.train = images;
  data.dataset.train.images = viewed(data.dataset.train.images, operations);
  data.given = data.clean = images.labels;
  return data;
}

/// Pixels 0..255 of an image that was only divided by 255.
std::vector<int64_t> pixels_of(const torch::Tensor& image) {
  const auto pixels = (image.reshape({-1}) * 255).round().to(torch::kLong);
  return {pixels.const_data_ptr<int64_t>(), pixels.const_data_ptr<int64_t>() + pixels.numel()};
}

TEST_CASE("Batches have the output size of a view and Pillow's pixels", "[batches][view]") {
  const auto cases = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/batches/views.json"));
  const auto of = std::find_if(cases.begin(), cases.end(), [](const Json& one) {
    return one.at("input") == Json({1, 13, 9}) && one.at("operations") == Json::parse(R"([["short_side", 4]])");
  });
  REQUIRE(of != cases.end());
  const auto data = seen_data({1, 13, 9}, 4, {ResizeShortSide{4}});
  const TrainingSet set(data, RecipeSpec{}, 1, torch::kCPU);
  CHECK(set.image_shape() == std::vector<int64_t>{1, 5, 4});
  const auto images = set.images(torch::tensor({2, 0}, torch::kLong));
  CHECK(images.sizes().vec() == std::vector<int64_t>{2, 1, 5, 4});
  CHECK(pixels_of(images[0]) == of->at("pixels").get<std::vector<int64_t>>());

  const EvaluationSet tests(data.train_images(), data.given, {}, torch::kCPU);
  CHECK(torch::equal(tests.images(2, 3)[0], images[0]));
}

TEST_CASE("What is drawn at each visit works on the view's output", "[batches][view]") {
  const ImageOperations operations = {ResizeShortSide{36}, CentreCrop{32, 30}};
  RecipeSpec recipe;
  recipe.augmentation = AugmentationSpec{.pad_crop = 4, .flip = true};
  const TrainingSet set(seen_data({3, 64, 48}, 3, operations), recipe, 1, torch::kCPU);
  const Stream stream{.name = "train", .batch_size = 3, .views = {View::recipe, View::plain}};
  const Batch batch = set.batch(stream, 0, 0);
  for (const auto& view : batch.views) CHECK(view.sizes().vec() == std::vector<int64_t>{3, 3, 32, 30});
  // Each line of a crop is a line of the view, moved and perhaps turned round, with 0 where it hangs over.
  const auto drawn = batch.views[0][0][0], whole = batch.views[1][0][0];
  int64_t found = 0;
  for (int64_t y = 0; y < 32; ++y) {
    bool is_one = drawn[y].count_nonzero().item<int64_t>() == 0;
    for (int64_t line = std::max<int64_t>(0, y - 4); line <= std::min<int64_t>(31, y + 4); ++line) {
      for (int64_t left = -4; left <= 4; ++left) {
        const auto padded = torch::constant_pad_nd(whole[line], {4, 4}).narrow(0, 4 + left, 30);
        const auto turned = torch::constant_pad_nd(whole[line].flip(0), {4, 4}).narrow(0, 4 + left, 30);
        is_one = is_one || torch::equal(drawn[y], padded) || torch::equal(drawn[y], turned);
      }
    }
    found += is_one ? 1 : 0;
  }
  CHECK(found == 32);
}

}  // namespace
}  // namespace nlb

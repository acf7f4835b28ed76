#include <catch2/catch.hpp>

#include "batches/augment_aten.h"
#include "batches/policy_tables.h"
#include "batches/resident_images.h"
#include "batches/training_set.h"
#include "datasets/training_data.h"
#include "tests/support/gpu.h"
#include "tests/support/pixels.h"

using namespace nlb;

namespace {

constexpr uint64_t kSeed = 11;

test::PixelSet some_images(int64_t count) {
  test::PixelSet images = {.count = count, .channels = 3, .height = 8, .width = 6, .pixels = {}, .labels = {}};
  for (int64_t i = 0; i < count * images.image_bytes(); ++i) {
    images.pixels.push_back(static_cast<uint8_t>(i * i / 5 % 251));
  }
  images.labels.assign(static_cast<size_t>(count), 0);
  return images;
}

TrainingData some_data(int64_t count) {
  TrainingData data;
  data.dataset.classes = 2;
  data.dataset.train = some_images(count);
  for (int64_t i = 0; i < count; ++i) data.train_index.push_back(count - 1 - i);
  data.clean = data.given = data.dataset.train.labels;
  return data;
}

RandAugmentSpec randaugment(PolicyShare drawn_for) {
  return {.operations = 2, .probability = 0.8, .lowest_level = 1, .highest_level = 9, .drawn_for = drawn_for};
}

RecipeSpec recipe_with(const AugmentationSpec& augmentation) {
  RecipeSpec recipe;
  recipe.augmentation = augmentation;
  recipe.normalisation = {.mean = {0.5, 0.25, 0.125}, .std = {0.25, 0.5, 1}};
  return recipe;
}

/// Every augmentation there is, from derive's keys as batches/training_set.h says.
Augmentation expected_draws(const std::string& stream, const PolicyTables& tables) {
  const Key key = derive(kSeed, "augment/" + stream);
  return {.key = key,
          .policy_key = derive(key, "policy"),
          .cutout_key = derive(key, "cutout"),
          .pad = 2,
          .flip = true,
          .pad_normalised = true,
          .cutout = 4,
          .policy = tables.policy()};
}

}  // namespace

TEST_CASE("a batch shows what the recipe's policy and cutout make of its samples", "[batches][policy]") {
  const auto spec = GENERATE(PolicySpec(AutoAugmentSpec{}), PolicySpec(randaugment(PolicyShare::image)),
                             PolicySpec(randaugment(PolicyShare::batch)));
  CAPTURE(spec.index());
  const auto data = some_data(40);
  const auto recipe = recipe_with({.policy = spec, .pad_crop = 2, .pad_normalised = true, .flip = true, .cutout = 4});
  const TrainingSet set(data, recipe, kSeed, torch::kCPU);
  const PolicyTables tables(spec, 8, 6, torch::kCPU);
  const ResidentImages images(*data.dataset.train.images, data.train_index, recipe.normalisation, torch::kCPU,
                              torch::kFloat32);
  const Stream stream = {.name = "two", .batch_size = 16, .views = {View::recipe, View::plain, View::recipe}};
  for (const int64_t number : {0, 2}) {
    const Batch batch = set.batch(stream, 3, number);
    Augmentation how = expected_draws("two", tables);
    how.epoch = 3;
    how.batch = static_cast<uint64_t>(number);
    CHECK(torch::equal(batch.views[0], images.render(batch.index, how)));
    how.view = 2;
    CHECK(torch::equal(batch.views[2], images.render(batch.index, how)));
    CHECK_FALSE(torch::equal(batch.views[0], batch.views[2]));
    CHECK(torch::equal(batch.views[1], set.images(batch.index)));
  }
}

TEST_CASE("a policy that leaves images alone leaves crop and flip where they were", "[batches][policy]") {
  auto still = randaugment(PolicyShare::image);
  still.probability = 1e-9;  // below the least that unit_float gives above 0
  const auto data = some_data(30);
  const Stream stream = {.batch_size = 30};
  const AugmentationSpec plain = {.pad_crop = 2, .flip = true}, with = {.policy = still, .pad_crop = 2, .flip = true};
  const auto images = [&](const AugmentationSpec& spec) {
    return TrainingSet(data, recipe_with(spec), kSeed, torch::kCPU).batch(stream, 1, 0).images();
  };
  CHECK(torch::equal(images(plain), images(with)));
}

TEST_CASE("tensor operations give the kernel's elements with a policy and cutout", "[batches][augment][policy]") {
  const auto type = GENERATE(torch::kFloat32, torch::kFloat64);
  const auto images = some_images(50);
  const auto pixels = torch::tensor(images.pixels, torch::kUInt8).view({50, 3, 8, 6});
  const PolicyTables tables(randaugment(PolicyShare::image), 8, 6, torch::kCPU);
  const NormalisationSpec spec = {.mean = {0.5, 0.25, 0.125}, .std = {0.25, 0.5, 1}};
  std::vector<int64_t> all(50);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
  const ImageSet stored = images;
  const ResidentImages resident(*stored.images, all, spec, torch::kCPU, type);
  const auto rows = torch::arange(33).mul(7).remainder(50);
  auto how = expected_draws("x", tables);
  how.policy.rounds = GENERATE(0, 2);
  torch::Tensor table;
  if (type == torch::kFloat32) {
    table = torch::tensor(normalisation_table<float>(3, spec.mean, spec.std)).view({3, 256});
  } else {
    table = torch::tensor(normalisation_table<double>(3, spec.mean, spec.std), torch::kFloat64).view({3, 256});
  }
  CHECK(torch::equal(augment_aten(pixels, rows, rows, how, table), resident.render(rows, how)));
}

TEST_CASE("a GPU shows the bits that the host shows after a policy and cutout", "[batches][augment][gpu]") {
  if (!test::have_gpu()) return;
  const auto type = GENERATE(torch::kFloat32, torch::kFloat64);
  const auto spec = GENERATE(PolicySpec(AutoAugmentSpec{}), PolicySpec(randaugment(PolicyShare::image)),
                             PolicySpec(randaugment(PolicyShare::batch)));
  const auto data = some_data(600);
  const auto recipe = recipe_with({.policy = spec, .pad_crop = 2, .pad_normalised = true, .flip = true, .cutout = 4});
  const TrainingSet host(data, recipe, kSeed, torch::kCPU, type), device(data, recipe, kSeed, torch::kCUDA, type);
  const Stream stream = {.batch_size = 300};
  for (const int64_t number : {0, 1}) {
    CHECK(torch::equal(device.batch(stream, 2, number).images().cpu(), host.batch(stream, 2, number).images()));
  }
}

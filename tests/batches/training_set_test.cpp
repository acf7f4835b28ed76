#include "batches/training_set.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <set>

#include "batches/augment_aten.h"
#include "batches/resident_images.h"
#include "core/error.h"
#include "datasets/training_data.h"
#include "tests/support/pixels.h"

using nlb::Batch;
using nlb::EvaluationSet;
using nlb::Stream;
using nlb::TrainingSet;
using nlb::View;

namespace {

constexpr uint64_t kSeed = 11;

/// Image i has pixel (i * 7 + place * 3) % 256; clean labels differ from given ones everywhere.
nlb::test::PixelSet some_images(int64_t count) {
  nlb::test::PixelSet images = {.count = count, .channels = 3, .height = 8, .width = 6, .pixels = {}, .labels = {}};
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t place = 0; place < images.image_bytes(); ++place) {
      images.pixels.push_back(static_cast<uint8_t>((i * 7 + place * 3) % 256));
    }
    images.labels.push_back(i % 4);
  }
  return images;
}

/// `size` samples out of 2 * size images, in descending order of the images.
nlb::TrainingData some_data(int64_t size) {
  nlb::TrainingData data;
  data.dataset.classes = 4;
  data.dataset.train = some_images(2 * size);
  for (int64_t i = 0; i < size; ++i) {
    data.train_index.push_back(2 * size - 1 - i);
    data.clean.push_back(data.dataset.train.labels[static_cast<size_t>(data.train_index.back())]);
    data.given.push_back((data.clean.back() + 1 + i % 3) % 4);
  }
  if (size > 3) data.trusted = {1, 3};
  return data;
}

nlb::RecipeSpec some_recipe() {
  nlb::RecipeSpec recipe;
  recipe.augmentation = nlb::AugmentationSpec{.pad_crop = 2, .flip = true};
  recipe.normalisation = {.mean = {0.5, 0.25, 0.125}, .std = {0.25, 0.5, 1}};
  return recipe;
}

TrainingSet some_set(int64_t size) { return {some_data(size), some_recipe(), kSeed, torch::kCPU}; }

std::vector<int64_t> list(const torch::Tensor& index) {
  return {index.const_data_ptr<int64_t>(), index.const_data_ptr<int64_t>() + index.numel()};
}

/// Positions of the whole pass, batch after batch.
std::vector<int64_t> visited(const TrainingSet& set, const Stream& stream, int64_t epoch, int64_t restart = 0) {
  std::vector<int64_t> positions;
  const int64_t count = set.batches(stream);
  for (int64_t number = restart * count; number < (restart + 1) * count; ++number) {
    for (const int64_t position : list(set.batch(stream, epoch, number).index)) positions.push_back(position);
  }
  return positions;
}

std::vector<int64_t> sorted(std::vector<int64_t> values) {
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<int64_t> counting(int64_t count) {
  std::vector<int64_t> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

/// Augmented image of sample `position`, found wherever the pass shows it.
torch::Tensor shown(const TrainingSet& set, const Stream& stream, int64_t epoch, int64_t position, size_t view = 0) {
  for (int64_t number = 0; number < set.batches(stream); ++number) {
    const Batch batch = set.batch(stream, epoch, number);
    const auto index = list(batch.index);
    const auto found = std::find(index.begin(), index.end(), position);
    if (found != index.end()) return batch.views[view][found - index.begin()].clone();
  }
  FAIL("the pass does not show sample " << position);
  return {};
}

template <class T>
concept KnowsCleanLabels = requires(T value) {
  value.clean;
}
|| requires(T value) { value.clean(); }
|| requires(T value) { value.clean_labels(); }
|| requires(T value) { value.clean_labels; };
static_assert(KnowsCleanLabels<nlb::TrainingData>);
static_assert(!KnowsCleanLabels<TrainingSet> && !KnowsCleanLabels<Batch> && !KnowsCleanLabels<Stream>,
              "a method must not be able to peek");

}  // namespace

TEST_CASE("a pass shows each sample exactly once, in another order each epoch", "[batches][order]") {
  const auto size = GENERATE(as<int64_t>{}, 1, 31, 32, 33, 1000);
  const auto set = some_set(size);
  const Stream stream = {.batch_size = 32};
  CHECK(set.size() == size);
  CHECK(set.batches(stream) == (size + 31) / 32);
  const auto first = visited(set, stream, 0), second = visited(set, stream, 1);
  CHECK(sorted(first) == counting(size));
  CHECK(sorted(second) == counting(size));
  if (size > 30) CHECK(first != second);
  if (size > 30) CHECK(first != counting(size));
}

TEST_CASE("an empty set has no batches and says so", "[batches][order]") {
  const auto set = some_set(0);
  CHECK(set.batches({.batch_size = 32}) == 0);
  CHECK_THROWS_AS(set.batch({.batch_size = 32}, 0, 0), nlb::InternalError);
  CHECK_THROWS_AS(set.batch({.batch_size = 32, .cycle = true}, 0, 0), nlb::InternalError);
  CHECK(set.images(torch::empty({0}, torch::kLong)).sizes().vec() == std::vector<int64_t>{0, 3, 8, 6});
}

TEST_CASE("a short last batch is kept or dropped as the stream says", "[batches][order]") {
  const auto set = some_set(33);
  const Stream keep = {.batch_size = 32};
  const Stream drop = {.batch_size = 32, .keep_last = false};
  CHECK(set.batches(keep) == 2);
  CHECK(set.batches(drop) == 1);
  CHECK(set.batch(keep, 0, 1).size() == 1);
  CHECK(set.batch(keep, 0, 1).images().sizes().vec() == std::vector<int64_t>{1, 3, 8, 6});
  CHECK_THROWS_AS(set.batch(drop, 0, 1), nlb::InternalError);
  CHECK(list(set.batch(keep, 0, 0).index) == list(set.batch(drop, 0, 0).index));
}

TEST_CASE("a cycling stream restarts in another order and with other crops", "[batches][order]") {
  const auto set = some_set(40);
  const Stream stream = {.batch_size = 20, .cycle = true};
  const auto first = visited(set, stream, 3, 0), second = visited(set, stream, 3, 1),
             third = visited(set, stream, 3, 2);
  CHECK(sorted(second) == counting(40));
  CHECK(sorted(third) == counting(40));
  CHECK(std::set{first, second, third, visited(set, stream, 4, 0)}.size() == 4);
  const Stream whole = {.batch_size = 40, .shuffle = false, .cycle = true};
  CHECK_FALSE(torch::equal(set.batch(whole, 3, 0).images(), set.batch(whole, 3, 1).images()));
}

TEST_CASE("a stream of some samples shows these and no others", "[batches][order]") {
  const auto set = some_set(50);
  const Stream stream = {.samples = std::vector<int64_t>{40, 3, 17, 29, 8}, .batch_size = 2};
  CHECK(set.batches(stream) == 3);
  CHECK(sorted(visited(set, stream, 0)) == std::vector<int64_t>{3, 8, 17, 29, 40});
  const Stream in_order = {.samples = stream.samples, .batch_size = 2, .shuffle = false};
  CHECK(visited(set, in_order, 0) == *stream.samples);
  CHECK_THROWS_AS(set.batch({.samples = std::vector<int64_t>{50}, .batch_size = 1}, 0, 0), nlb::InternalError);
  CHECK_THROWS_AS(set.batch({.samples = std::vector<int64_t>{-1}, .batch_size = 1}, 0, 0), nlb::InternalError);
}

TEST_CASE("a batch depends on nothing asked for before it", "[batches][determinism]") {
  const Stream train = {.batch_size = 16, .views = {View::recipe, View::recipe}};
  const Stream other = {.name = "other", .batch_size = 16};
  const auto fresh = some_set(100).batch(train, 2, 3);
  const auto used = some_set(100);
  for (const int64_t epoch : {5, 2, 0}) {
    for (int64_t number = 6; number >= 0; --number) {
      used.batch(train, epoch, number);
      used.batch(other, epoch, number);
    }
  }
  const auto again = used.batch(train, 2, 3);
  CHECK(torch::equal(again.index, fresh.index));
  CHECK(torch::equal(again.views[0], fresh.views[0]));
  CHECK(torch::equal(again.views[1], fresh.views[1]));
  CHECK(visited(used, train, 0) != visited(used, other, 0));
}

TEST_CASE("a sample's crop depends on epoch, view and stream, not on its batch", "[batches][determinism]") {
  const auto set = some_set(60);
  const Stream stream = {.batch_size = 60, .views = {View::recipe, View::recipe}};
  const Stream small = {.batch_size = 7};
  const Stream other = {.name = "other", .batch_size = 60};
  int64_t by_epoch = 0, by_view = 0, by_stream = 0;
  for (int64_t position = 0; position < 60; ++position) {
    const auto image = shown(set, stream, 0, position);
    CHECK(torch::equal(image, shown(set, small, 0, position)));
    by_epoch += !torch::equal(image, shown(set, stream, 1, position));
    by_view += !torch::equal(image, shown(set, stream, 0, position, 1));
    by_stream += !torch::equal(image, shown(set, other, 0, position));
  }
  // 50 placements are possible, so all but one or two of 60 differ.
  CHECK(by_epoch > 50);
  CHECK(by_view > 50);
  CHECK(by_stream > 50);
}

TEST_CASE("orders and crops are those that the header writes down", "[batches][determinism]") {
  const auto data = some_data(50);
  const TrainingSet set(data, some_recipe(), kSeed, torch::kCPU);
  const Stream stream = {.name = "labelled", .batch_size = 50, .views = {View::plain, View::recipe}, .cycle = true};
  const uint64_t pass = 4 + (uint64_t{2} << 32);
  const auto batch = set.batch(stream, 4, 2);
  CHECK(list(batch.index) == nlb::draw_permutation(nlb::derive(kSeed, "order/labelled"), pass, 50));
  const nlb::ResidentImages images(*data.dataset.train.images, data.train_index, some_recipe().normalisation,
                                   torch::kCPU, torch::kFloat32);
  const auto key = nlb::derive(kSeed, "augment/labelled");
  CHECK(torch::equal(batch.views[1],
                     images.render(batch.index, {.key = key, .epoch = pass, .view = 1, .pad = 2, .flip = true})));
  CHECK(torch::equal(batch.views[0], set.images(batch.index)));
}

TEST_CASE("plain views are the normalised pixels of the samples", "[batches][images]") {
  const auto type = GENERATE(torch::kFloat32, torch::kFloat64);
  const auto data = some_data(20);
  const TrainingSet set(data, some_recipe(), kSeed, torch::kCPU, type);
  CHECK(set.image_shape() == std::vector<int64_t>{3, 8, 6});
  CHECK(set.classes() == 4);
  const auto stored =
      torch::tensor(all_pixels(data.dataset.train), torch::kUInt8).view({40, 3, 8, 6}).flip(0).slice(0, 0, 20);
  const auto mean = torch::tensor({0.5, 0.25, 0.125}, type).view({3, 1, 1});
  const auto std = torch::tensor({0.25, 0.5, 1.0}, type).view({3, 1, 1});
  const auto expected = stored.to(type).div(255).sub(mean).div(std);
  const auto images = set.images(torch::arange(20));
  CHECK(images.scalar_type() == type);
  CHECK(images.is_contiguous());
  CHECK(torch::allclose(images, expected, 1e-6, 1e-6));
  CHECK_THROWS_AS(set.images(torch::tensor({20})), nlb::InternalError);
}

TEST_CASE("a recipe without augmentation shows images as they are", "[batches][images]") {
  auto recipe = some_recipe();
  recipe.augmentation.reset();
  const TrainingSet set(some_data(20), recipe, kSeed, torch::kCPU);
  const auto batch = set.batch({.batch_size = 20}, 0, 0);
  CHECK(torch::equal(batch.images(), set.images(batch.index)));
}

TEST_CASE("labels are the given ones, whatever the clean ones are", "[batches][labels]") {
  auto data = some_data(30);
  const TrainingSet set(data, some_recipe(), kSeed, torch::kCPU);
  std::fill(data.clean.begin(), data.clean.end(), 0);
  std::fill(data.dataset.train.labels.begin(), data.dataset.train.labels.end(), 0);
  const TrainingSet blind(data, some_recipe(), kSeed, torch::kCPU);
  CHECK(list(set.labels()) == data.given);
  const auto batch = set.batch({.batch_size = 30}, 0, 0), same = blind.batch({.batch_size = 30}, 0, 0);
  CHECK(torch::equal(batch.labels, set.labels().index_select(0, batch.index)));
  CHECK(torch::equal(batch.labels, same.labels));
  CHECK(torch::equal(batch.images(), same.images()));
  CHECK(set.trusted() == std::vector<int64_t>{1, 3});
  data.given[0] = 4;
  CHECK_THROWS_AS(TrainingSet(data, some_recipe(), kSeed, torch::kCPU), nlb::InternalError);
}

TEST_CASE("for_each visits the samples in order without augmentation", "[batches][order]") {
  const auto set = some_set(33);
  const std::vector<int64_t> chosen = {9, 2, 30};
  for (const auto* samples : {static_cast<const std::vector<int64_t>*>(nullptr), &chosen}) {
    std::vector<int64_t> seen;
    set.for_each(
        8,
        [&](const Batch& batch) {
          CHECK(torch::equal(batch.images(), set.images(batch.index)));
          CHECK(torch::equal(batch.labels, set.labels().index_select(0, batch.index)));
          for (const int64_t position : list(batch.index)) seen.push_back(position);
        },
        samples);
    CHECK(seen == (samples != nullptr ? chosen : counting(33)));
  }
}

TEST_CASE("an evaluation set shows the chosen images with the labels given to it", "[batches][evaluation]") {
  const auto images = some_images(10);
  const auto recipe = some_recipe();
  const nlb::ImageSet stored = images;
  const EvaluationSet set({stored.images, {7, 0, 3}}, {1, 2, 0}, recipe.normalisation, torch::kCPU);
  const TrainingSet all(
      [&] {
        nlb::TrainingData data;
        data.dataset = {.id = {}, .digest = {}, .classes = 4, .class_names = {}, .train = images, .test = {}};
        data.train_index = counting(10);
        data.given = images.labels;
        return data;
      }(),
      recipe, kSeed, torch::kCPU);
  CHECK(set.size() == 3);
  CHECK(list(set.labels()) == std::vector<int64_t>{1, 2, 0});
  CHECK(torch::equal(set.images(0, 3), all.images(torch::tensor({7, 0, 3}))));
  CHECK(torch::equal(set.images(1, 2), all.images(torch::tensor({0}))));
  CHECK(set.images(3, 3).size(0) == 0);
  CHECK_THROWS_AS(set.images(2, 4), nlb::InternalError);
  CHECK_THROWS_AS(EvaluationSet({stored.images, {10}}, {0}, recipe.normalisation, torch::kCPU), nlb::InternalError);
}

TEST_CASE("an image that is chosen again and again lies on the device once", "[batches][images]") {
  const auto images = some_images(50);
  const auto recipe = some_recipe();
  const std::vector<int64_t> chosen = {7, 3, 7, 7, 49, 3, 0};
  const nlb::ImageSet stored = images;
  const nlb::ResidentImages resident(*stored.images, chosen, recipe.normalisation, torch::kCPU, torch::kFloat32);
  CHECK(resident.size() == 7);
  CHECK(resident.distinct() == 4);
  const std::vector<int64_t> each = {0, 3, 7, 49};
  const nlb::ResidentImages apart(*stored.images, each, recipe.normalisation, torch::kCPU, torch::kFloat32);
  CHECK(torch::equal(resident.render(torch::arange(7)), apart.render(torch::tensor({2, 1, 2, 2, 3, 1, 0}))));
  // Each row keeps draws of its own, also where rows share an image.
  const nlb::Augmentation how = {.key = nlb::derive(1, "augment/x"), .epoch = 3, .pad = 2, .flip = true};
  const auto rows = torch::tensor({2, 0, 3});
  const auto pixels = torch::tensor(images.pixels, torch::kUInt8).view({50, 3, 8, 6});
  const auto values = nlb::normalisation_table<float>(3, recipe.normalisation.mean, recipe.normalisation.std);
  const auto expected =
      nlb::augment_aten(pixels, rows, torch::tensor({7, 7, 7}), how, torch::tensor(values).view({3, 256}));
  const auto shown = resident.render(rows, how);
  CHECK(torch::equal(shown, expected));
  CHECK_FALSE(torch::equal(shown[0], shown[1]));
  CHECK_THROWS_AS(resident.render(torch::tensor({7})), nlb::InternalError);
}

TEST_CASE("tensor operations give the kernel's elements", "[batches][augment]") {
  const auto count = GENERATE(as<int64_t>{}, 0, 1, 33, 1000);
  const auto pad = GENERATE(0, 2, 9);
  const auto images = some_images(50);
  const auto pixels = torch::tensor(images.pixels, torch::kUInt8).view({50, 3, 8, 6});
  const auto spec = some_recipe().normalisation;
  const auto values = nlb::normalisation_table<float>(3, spec.mean, spec.std);
  const auto rows = torch::arange(count).mul(7).remainder(50);
  const nlb::Augmentation how = {.key = nlb::derive(1, "augment/x"), .epoch = 3, .view = 1, .pad = pad, .flip = true};
  const auto got = nlb::augment_aten(pixels, rows, rows, how, torch::tensor(values).view({3, 256}));
  auto expected = torch::empty({count, 3, 8, 6});
  nlb::augment_cpu({images.pixels.data(), 3, 8, 6}, rows.const_data_ptr<int64_t>(), count, how, values.data(),
                   expected.mutable_data_ptr<float>());
  CHECK(torch::equal(got, expected));
}

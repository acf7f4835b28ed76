#include "datasets/training_data.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/draws.h"
#include "core/error.h"
#include "datasets/noise/glc.h"
#include "tests/support/fixtures.h"
#include "tests/support/pixels.h"

namespace nlb {
namespace {

using Catch::Contains;
using Labels = std::vector<int64_t>;

constexpr int64_t kTrain = 1000, kTest = 200;

test::PixelSet labels_only(int64_t first, int64_t count) {
  test::PixelSet set{.count = count, .channels = 1, .height = 1, .width = 1, .pixels = {}, .labels = {}};
  set.pixels.resize(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) set.labels.push_back(test::fixture_label(first + i));
  return set;
}

Dataset small_set() {
  Dataset dataset{.id = "small", .digest = "", .classes = 10, .class_names = {}, .train = {}, .test = {}};
  dataset.train = labels_only(0, kTrain);
  dataset.test = labels_only(kTrain, kTest);
  return dataset;
}

TrialSpec noisy_spec(double rate = 0.4) {
  TrialSpec spec;
  spec.noise = NoiseSpec{
      .generator = "symmetric_exclusive", .rate = rate, .options = {{"count", "per_sample"}, {"stream", "philox"}}};
  spec.seeds = {.noise = 5, .split = 6, .init = 7, .train = 8};
  return spec;
}

Labels at(const Labels& values, const Labels& indices) {
  Labels found;
  for (const int64_t index : indices) found.push_back(values.at(static_cast<size_t>(index)));
  return found;
}

int64_t count_of(const Labels& labels, int64_t label) { return std::count(labels.begin(), labels.end(), label); }

bool increasing(const Labels& values) {
  return std::is_sorted(values.begin(), values.end()) &&
         std::adjacent_find(values.begin(), values.end()) == values.end();
}

/// MNIST's numbers of images, labels without meaning.
Dataset mnist_like() {
  Dataset dataset = small_set();
  dataset.train = labels_only(0, 60000);
  return dataset;
}

TEST_CASE("GLC's trusted images are the last of its order, whatever the seeds", "[datasets][training_data]") {
  TrialSpec spec;
  const Json options = {{"order", "tensorflow_seed_1"}, {"population", 60000}};
  spec.noise = NoiseSpec{.generator = "glc_flip", .rate = 1, .options = options};
  spec.seeds = {.noise = 1, .split = 6, .init = 7, .train = 8};
  spec.trusted = TrustedSpec{};
  spec.trusted->fraction = 0.001;
  spec.trusted->draw = "glc";
  spec.trusted->options = options;
  const TrainingData data = make_training_data(spec, mnist_like());
  Labels last = glc_order(60000, 60000);
  last.erase(last.begin(), last.end() - 60);
  std::sort(last.begin(), last.end());
  CHECK(data.trusted == last);
  CHECK(at(data.given, data.trusted) == at(data.clean, data.trusted));
  const Labels targets = glc_flip_targets(10);
  for (int64_t i = 0; i < data.size(); ++i) {
    if (std::binary_search(last.begin(), last.end(), i)) continue;
    REQUIRE(data.given[static_cast<size_t>(i)] ==
            targets[static_cast<size_t>(data.clean[static_cast<size_t>(i)])]);  // rate 1: every other label flips
  }

  TrialSpec other = spec;
  other.seeds.noise = 2;
  other.seeds.split = 60;
  other.noise->rate = 0.5;
  const TrainingData moved = make_training_data(other, mnist_like());
  CHECK(moved.trusted == data.trusted);
  spec.noise->rate = 0.5;
  CHECK(make_training_data(spec, mnist_like()).given != moved.given);

  spec.noise->options["population"] = 55000;
  CHECK_THROWS_WITH(make_training_data(spec, mnist_like()), Contains("/noise/options/population: 55000 of 60000"));
  spec.noise.reset();
  spec.trusted->options["population"] = 55000;
  const TrainingData fewer = make_training_data(spec, mnist_like());
  CHECK(fewer.trusted.size() == 55);
  CHECK(fewer.trusted.front() >= 5000);  // the first 5,000 images of the file are the validation part
}

TEST_CASE("GLC's trusted images of CIFAR are the first of the file, and no label is drawn for them",
          "[datasets][training_data]") {
  TrialSpec spec = noisy_spec();
  spec.noise = NoiseSpec{.generator = "glc_flip",
                         .rate = 1,
                         .options = {{"order", "file"}, {"population", kTrain}, {"trusted_first", 50}}};
  spec.trusted = TrustedSpec{};
  spec.trusted->fraction = 0.05;
  spec.trusted->draw = "glc";
  spec.trusted->options = {{"order", "file"}, {"population", kTrain}};
  const TrainingData data = make_training_data(spec, small_set());
  REQUIRE(data.trusted.size() == 50);
  CHECK(data.trusted.back() == 49);
  const Labels targets = glc_flip_targets(10);
  for (int64_t i = 0; i < data.size(); ++i) {
    const auto at = static_cast<size_t>(i);
    REQUIRE(data.given[at] == (i < 50 ? data.clean[at] : targets[static_cast<size_t>(data.clean[at])]));
  }
  spec.seeds.split = 99;
  CHECK(make_training_data(spec, small_set()).trusted == data.trusted);

  const auto refused = [&](const std::string& words) {
    CHECK_THROWS_WITH(make_training_data(spec, small_set()), Contains(words));
  };
  spec.noise->options["trusted_first"] = 51;
  refused("/noise/options/trusted_first: the first 51 images are not all trusted");
  spec.noise->options["trusted_first"] = 50;
  spec.trusted->options["population"] = 900;
  refused("/trusted/draw: \"glc\" with order file: population 900 of 1000");
  spec.trusted = TrustedSpec{};
  spec.trusted->count = 50;
  spec.trusted->draw = "uniform";
  refused("/noise/options/trusted_first");
}

TEST_CASE("Without parts all images are trained on, with the generator's labels", "[datasets][training_data]") {
  const TrialSpec spec = noisy_spec();
  const TrainingData data = make_training_data(spec, small_set());
  CHECK(data.size() == kTrain);
  CHECK(data.clean == small_set().train.labels);
  CHECK(data.given == make_noisy_labels(*spec.noise, data.clean, 10, 5));
  CHECK(data.held_out_index.empty());
  CHECK(data.trusted.empty());
  CHECK(static_cast<int64_t>(data.test_index.size()) == kTest);
  REQUIRE(data.noise);
  CHECK(data.noise->digest == label_digest(data.given, 10));
}

TEST_CASE("A subset keeps official order and its share of each class", "[datasets][training_data]") {
  TrialSpec spec = noisy_spec();
  spec.data.train_subset = SubsetSpec{.count = 300, .how = SubsetDraw::stratified};
  spec.data.test_subset = SubsetSpec{.count = 50, .how = SubsetDraw::first};
  const TrainingData data = make_training_data(spec, small_set());
  CHECK(data.size() == 300);
  CHECK(increasing(data.train_index));
  for (int64_t label = 0; label < 10; ++label) CHECK(count_of(data.clean, label) == 30);
  CHECK(data.noise->count == 300);
  CHECK(data.given == make_noisy_labels(*spec.noise, data.clean, 10, 5));
  CHECK(data.test_index.back() == 49);
  CHECK(data.test_index.size() == 50);

  spec.data.train_subset->how = SubsetDraw::first;
  CHECK(make_training_data(spec, small_set()).train_index.back() == 299);
  spec.seeds.split = 60;
  spec.data.train_subset->how = SubsetDraw::stratified;
  CHECK(make_training_data(spec, small_set()).train_index != data.train_index);
}

TEST_CASE("Held-out images are apart from the training images", "[datasets][training_data]") {
  TrialSpec spec = noisy_spec();
  const bool stratified = GENERATE(true, false);
  spec.data.held_out = HeldOutSpec{
      .count = 100, .labels = HeldOutLabels::clean, .stratified = stratified, .noise = NoiseDrawn::before_split};
  const TrainingData data = make_training_data(spec, small_set());
  const Labels clean = small_set().train.labels;
  CHECK(data.held_out_index.size() == 100);
  CHECK(increasing(data.held_out_index));
  CHECK(data.held_out_labels == at(clean, data.held_out_index));
  if (stratified) {
    for (int64_t label = 0; label < 10; ++label) CHECK(count_of(data.held_out_labels, label) == 10);
  }
  Labels both = data.train_index;
  both.insert(both.end(), data.held_out_index.begin(), data.held_out_index.end());
  std::sort(both.begin(), both.end());
  CHECK(both.size() == kTrain);
  CHECK(increasing(both));

  TrialSpec other_noise = spec;
  other_noise.seeds.noise = 99;
  CHECK(make_training_data(other_noise, small_set()).held_out_index == data.held_out_index);
}

TEST_CASE("Noise before the split is drawn on all, after it on each part", "[datasets][training_data]") {
  TrialSpec spec = noisy_spec();
  spec.data.held_out =
      HeldOutSpec{.count = 100, .labels = HeldOutLabels::noisy, .stratified = true, .noise = NoiseDrawn::before_split};
  const TrainingData before = make_training_data(spec, small_set());
  const Labels clean = small_set().train.labels;
  const Labels whole = make_noisy_labels(*spec.noise, clean, 10, 5);
  CHECK(before.given == at(whole, before.train_index));
  CHECK(before.held_out_labels == at(whole, before.held_out_index));
  CHECK(before.noise->count == kTrain);

  spec.data.held_out->noise = NoiseDrawn::after_split;
  const TrainingData after = make_training_data(spec, small_set());
  CHECK(after.train_index == before.train_index);
  CHECK(after.given == make_noisy_labels(*spec.noise, after.clean, 10, 5));
  CHECK(after.noise->count == kTrain - 100);
  CHECK(after.held_out_labels ==
        make_noisy_labels(*spec.noise, at(clean, after.held_out_index), 10, derive(5, "noise:held_out").word[0]));
}

TEST_CASE("Trusted samples keep clean labels, the others do not move", "[datasets][training_data]") {
  TrialSpec spec = noisy_spec();
  const TrainingData plain = make_training_data(spec, small_set());
  const bool by_count = GENERATE(true, false);
  const std::string draw = GENERATE(as<std::string>{}, "stratified", "uniform");
  CAPTURE(by_count, draw);
  spec.trusted = TrustedSpec{};
  spec.trusted->draw = draw;
  if (by_count) spec.trusted->count = 50;
  if (!by_count) spec.trusted->fraction = 0.05;
  const TrainingData data = make_training_data(spec, small_set());
  REQUIRE(data.trusted.size() == 50);
  CHECK(increasing(data.trusted));
  CHECK(at(data.given, data.trusted) == at(data.clean, data.trusted));
  if (draw == "stratified") {
    for (int64_t label = 0; label < 10; ++label) CHECK(count_of(at(data.clean, data.trusted), label) == 5);
  }
  const std::set<int64_t> trusted(data.trusted.begin(), data.trusted.end());
  for (int64_t i = 0; i < data.size(); ++i) {
    if (trusted.count(i) == 0) REQUIRE(data.given[static_cast<size_t>(i)] == plain.given[static_cast<size_t>(i)]);
  }
  CHECK(data.noise->digest == plain.noise->digest);
}

TEST_CASE("Where no noisy label is read only trusted samples have labels", "[datasets][training_data]") {
  TrialSpec spec = noisy_spec();
  spec.noise.reset();
  spec.seeds.noise.reset();
  CHECK(make_training_data(spec, small_set()).given == small_set().train.labels);
  spec.trusted = TrustedSpec{};
  spec.trusted->count = 20;
  spec.trusted->draw = "uniform";
  const TrainingData data = make_training_data(spec, small_set());
  CHECK_FALSE(data.noise);
  CHECK(count_of(data.given, kNoLabel) == kTrain - 20);
  CHECK(at(data.given, data.trusted) == at(data.clean, data.trusted));
}

TEST_CASE("Trusted images of another data set stand behind the noisy ones", "[datasets][training_data]") {
  TrialSpec spec = noisy_spec();
  const TrainingData plain = make_training_data(spec, small_set());
  spec.trusted = TrustedSpec{};
  spec.trusted->count = 20;
  spec.trusted->draw = GENERATE("uniform", "stratified");
  spec.trusted->dataset = "other";
  NoiseInputs inputs;
  test::PixelSet other = labels_only(0, 300);
  for (size_t i = 0; i < other.pixels.size(); ++i) other.pixels[i] = static_cast<uint8_t>(100 + i % 100);
  inputs.trusted = std::make_shared<const ImageSet>(other);
  const TrainingData data = make_training_data(spec, small_set(), inputs);
  const auto noisy = static_cast<size_t>(plain.size());
  REQUIRE(data.size() == plain.size() + 20);
  // No noise moves, and no image of the set itself is trusted.
  CHECK(Labels(data.given.begin(), data.given.begin() + std::ssize(plain.given)) == plain.given);
  CHECK(data.noise->digest == plain.noise->digest);
  REQUIRE(data.trusted.size() == 20);
  const ImageReferences shown = data.train_images();
  std::set<int64_t> images;
  for (size_t i = 0; i < 20; ++i) {
    const size_t position = noisy + i;
    CHECK(data.trusted[i] == static_cast<int64_t>(position));
    const int64_t image = shown.index[position] - kTrain;
    REQUIRE((image >= 0 && image < 300));
    images.insert(image);
    CHECK(data.clean[position] == other.labels[static_cast<size_t>(image)]);
    CHECK(data.given[position] == data.clean[position]);
    CHECK(image_at(*shown.source, shown.index[position])[0] == 100 + image % 100);
  }
  CHECK(images.size() == 20);
  CHECK(image_at(*shown.source, shown.index[3])[0] == 0);  // the set's own pixels
  if (spec.trusted->draw == "stratified") {
    for (int64_t label = 0; label < 10; ++label) CHECK(count_of(at(data.clean, data.trusted), label) == 2);
  }
  spec.trusted->draw = "l2r";
  CHECK_THROWS_WITH(make_training_data(spec, small_set(), inputs), Contains("/trusted/dataset: images of another"));
  spec.trusted->draw = "uniform";
  spec.trusted->count = 301;
  CHECK_THROWS_WITH(make_training_data(spec, small_set(), inputs), Contains("/trusted: 301 images of only 300"));
}

TEST_CASE("Parts that the data set cannot give are refused with their place", "[datasets][training_data]") {
  TrialSpec spec = noisy_spec();
  const auto refused = [&](const std::string& words) {
    CHECK_THROWS_AS(make_training_data(spec, small_set()), InputError);
    CHECK_THROWS_WITH(make_training_data(spec, small_set()), Contains(words));
  };
  SECTION("too many") {
    spec.data.train_subset = SubsetSpec{.count = 1001, .how = SubsetDraw::first};
    refused("/data/train_subset: 1001 images of only 1000");
  }
  SECTION("not equally many of each class") {
    spec.data.test_subset = SubsetSpec{.count = 55, .how = SubsetDraw::stratified};
    refused("/data/test_subset: 55 images are not equally many of 10 classes");
  }
  SECTION("more of a class than there are") {
    spec.data.train_subset = SubsetSpec{.count = 10, .how = SubsetDraw::first};
    spec.trusted = TrustedSpec{};
    spec.trusted->count = 20;
    spec.trusted->draw = "stratified";
    refused("/trusted: 2 images of class 0, which has only 1");
  }
  SECTION("all held out") {
    spec.data.held_out = HeldOutSpec{
        .count = 1000, .labels = HeldOutLabels::clean, .stratified = false, .noise = NoiseDrawn::before_split};
    refused("/data/held_out: 1000 images held out of 1000");
  }
  SECTION("a draw that is not built") {
    spec.trusted = TrustedSpec{};
    spec.trusted->count = 20;
    spec.trusted->draw = "nearest";
    refused("/trusted/draw: \"nearest\" is not built");
  }
  SECTION("GLC's draw on another number of images") {
    spec.trusted = TrustedSpec{};
    spec.trusted->count = 20;
    spec.trusted->draw = "glc";
    refused("/trusted/draw: \"glc\" is defined for MNIST's 60000 training images; found 1000");
  }
  SECTION("noisy held-out labels without noise") {
    spec.noise.reset();
    spec.data.held_out = HeldOutSpec{
        .count = 100, .labels = HeldOutLabels::noisy, .stratified = false, .noise = NoiseDrawn::before_split};
    refused("/data/held_out/labels");
  }
}

}  // namespace
}  // namespace nlb

// Noise as a trial meets it: with splits, files, copies and images of another data set.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/noise_inputs.h"
#include "datasets/training_data.h"
#include "protocols/protocol.h"
#include "tests/support/fixtures.h"
#include "tests/support/shared.h"

namespace nlb {
namespace {

using Catch::Contains;
using Labels = std::vector<int64_t>;

/// One grey pixel an image; images and labels of `count` samples.
ImageSet set_of(Labels labels) {
  const auto count = static_cast<int64_t>(labels.size());
  ImageSet set{.count = count, .channels = 1, .height = 1, .width = 1, .pixels = {}, .labels = std::move(labels)};
  for (int64_t i = 0; i < count; ++i) set.pixels.push_back(static_cast<uint8_t>(i % 100));
  return set;
}

Labels cycling(int64_t count, int64_t classes) {
  Labels labels;
  for (int64_t i = 0; i < count; ++i) labels.push_back(i % classes);
  return labels;
}

Dataset dataset_of(Labels train) {
  Dataset dataset{.id = "cifar10", .digest = "", .classes = 10, .class_names = {}, .train = {}, .test = {}};
  dataset.train = set_of(std::move(train));
  dataset.test = set_of(cycling(100, 10));
  return dataset;
}

TrialSpec spec_of(const char* generator, double rate, Json options) {
  TrialSpec spec;
  spec.data.dataset = "cifar10";
  spec.noise = NoiseSpec{.generator = generator, .rate = rate, .options = std::move(options)};
  spec.seeds = {.noise = 1, .split = 1, .init = 1, .train = 1};
  return spec;
}

Labels cifar10_labels(const std::filesystem::path& shared) {
  const std::string bytes = read_file(shared / "data" / "cifar10" / "labels.bin").substr(0, 50000);
  Labels labels;
  for (const char byte : bytes) labels.push_back(static_cast<uint8_t>(byte));
  return labels;
}

TEST_CASE("T-Revision's noise and split are drawn again bit for bit", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  TrialSpec spec = spec_of("symmetric_exclusive", .5, {{"count", "per_sample"}, {"stream", "numpy_multinomial"}});
  spec.data.held_out = HeldOutSpec{
      .count = 5000, .labels = "noisy", .stratified = false, .noise = "before_split", .draw = "numpy_choice"};
  const TrainingData data = make_training_data(spec, dataset_of(cifar10_labels(shared)));
  // noise_authors_reference.py with numpy 2.4.6: RandomState(1), then choice(50000, 45000, replace=False).
  CHECK(
      std::equal(data.held_out_index.begin(), data.held_out_index.begin() + 6, Labels{14, 15, 18, 20, 27, 41}.begin()));
  CHECK(std::accumulate(data.held_out_index.begin(), data.held_out_index.end(), int64_t{0}) == 125553891);
  CHECK(label_digest(data.given, 10).substr(0, 16) == "247844dcffcdca3b");
  CHECK(label_digest(data.held_out_labels, 10).substr(0, 16) == "c2c366fbc641f164");
  CHECK(data.noise->changed == 25033);
}

TEST_CASE("A split by numpy takes a seed that numpy takes", "[datasets][noise]") {
  TrialSpec spec = spec_of("symmetric_exclusive", .5, {{"count", "per_sample"}, {"stream", "philox"}});
  spec.data.held_out =
      HeldOutSpec{.count = 20, .labels = "noisy", .stratified = false, .noise = "before_split", .draw = "numpy_choice"};
  spec.seeds.split = uint64_t{1} << 32;
  CHECK_THROWS_WITH(make_training_data(spec, dataset_of(cycling(200, 10))), Contains("/seeds/split: 4294967296"));
}

TEST_CASE("Noisy copies show each image once more for each copy", "[datasets][noise]") {
  TrialSpec spec = spec_of("noisy_copies", .8, {{"copies", 4}, {"stream", "philox"}});
  spec.data.held_out = HeldOutSpec{.count = 20, .labels = "clean", .stratified = true, .noise = "after_split"};
  const TrainingData data = make_training_data(spec, dataset_of(cycling(200, 10)));
  REQUIRE(data.size() == 5 * 180);
  for (size_t i = 0; i < 900; ++i) REQUIRE(data.train_index[i] == data.train_index[i % 180]);
  CHECK(std::equal(data.given.begin(), data.given.begin() + 180, data.clean.begin()));
  CHECK(data.noise->count == 900);
  // 720 draws move a label with probability 9 / 10.
  CHECK(std::abs(static_cast<double>(data.noise->changed) - 648) < 5 * std::sqrt(720 * .09));
  CHECK(std::none_of(data.held_out_index.begin(), data.held_out_index.end(), [&](int64_t image) {
    return std::find(data.train_index.begin(), data.train_index.end(), image) != data.train_index.end();
  }));
  spec.data.held_out->labels = "noisy";
  CHECK_THROWS_WITH(make_training_data(spec, dataset_of(cycling(200, 10))),
                    Contains("/data/held_out: noisy_copies changes training images only"));
}

TEST_CASE("Open-set noise shows the other set's images under the old labels", "[datasets][noise]") {
  TrialSpec spec =
      spec_of("open_set", .4, {{"count", "exact_per_class"}, {"stream", "philox"}, {"open_share", 1}, {"source", "x"}});
  spec.data.held_out = HeldOutSpec{.count = 20, .labels = "clean", .stratified = true, .noise = "after_split"};
  ImageSet foreign = set_of(cycling(500, 100));
  for (auto& pixel : foreign.pixels) pixel = static_cast<uint8_t>(pixel + 100);
  NoiseInputs inputs;
  inputs.foreign = std::make_shared<const ImageSet>(foreign);
  const Dataset before = dataset_of(cycling(200, 10));
  const TrainingData data = make_training_data(spec, before, inputs);
  REQUIRE(data.replaced.size() == 10 * 7);  // int(.4 * 18) of each class
  CHECK(data.noise->replaced == 70);
  CHECK(data.noise->changed == 70);
  CHECK(data.noise->effective_rate == Approx(70. / 180));
  std::vector<bool> replaced(180);
  std::vector<bool> used(500);
  for (const ReplacedImage& image : data.replaced) {
    const auto position = static_cast<size_t>(image.position);
    replaced[position] = true;
    CHECK_FALSE(used[static_cast<size_t>(image.source)]);
    used[static_cast<size_t>(image.source)] = true;
    CHECK(data.clean[position] == kForeign);
    CHECK(data.dataset.train.image(data.train_index[position])[0] == foreign.image(image.source)[0]);
  }
  for (size_t i = 0; i < 180; ++i) {
    const int64_t image = data.train_index[i];
    CHECK(data.given[i] == before.train.labels[static_cast<size_t>(image)]);
    if (!replaced[i]) CHECK(data.dataset.train.image(image)[0] == before.train.image(image)[0]);
  }
  spec.trusted = TrustedSpec{};
  spec.trusted->count = 10;
  spec.trusted->draw = "uniform";
  CHECK_THROWS_WITH(make_training_data(spec, before, inputs), Contains("/trusted: not defined with open_set"));
}

TEST_CASE("Every setting of a shipped protocol names noise that is defined", "[datasets][noise]") {
  const ProtocolShelf shelf({std::filesystem::path(NLB_SOURCE_DIR) / "protocols"});
  int settings = 0;
  for (const auto& id : shelf.ids()) {
    const Protocol protocol = shelf.find(id, facts());
    for (const Group& group : protocol.groups) {
      for (const Setting& setting : group.settings) {
        if (facts().generators.at(setting.noise.generator).status != Status::built) continue;
        CAPTURE(id, group.id, setting.name);
        CHECK_NOTHROW(check_noise(setting.noise, facts().datasets.at(group.data.dataset).classes));
        ++settings;
      }
    }
  }
  CHECK(settings > 100);
}

}  // namespace
}  // namespace nlb

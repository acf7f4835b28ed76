// Noise as a trial meets it: with splits, files, copies and images of another data set.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/noise_inputs.h"
#include "datasets/noise_quota.h"
#include "datasets/training_data.h"
#include "protocols/protocol.h"
#include "tests/support/fixtures.h"
#include "tests/support/pixels.h"
#include "tests/support/shared.h"

namespace nlb {
namespace {

using Catch::Contains;
using Labels = std::vector<int64_t>;

/// One grey pixel an image; images and labels of `count` samples.
test::PixelSet set_of(Labels labels) {
  const auto count = static_cast<int64_t>(labels.size());
  test::PixelSet set{.count = count, .channels = 1, .height = 1, .width = 1, .pixels = {}, .labels = std::move(labels)};
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
  spec.data.held_out = HeldOutSpec{.count = 5000,
                                   .labels = HeldOutLabels::noisy,
                                   .stratified = false,
                                   .noise = NoiseDrawn::before_split,
                                   .draw = "numpy_choice"};
  const TrainingData data = make_training_data(spec, dataset_of(cifar10_labels(shared)));
  // noise_authors_reference.py with numpy 2.4.6: RandomState(1), then choice(50000, 45000, replace=False).
  CHECK(
      std::equal(data.held_out_index.begin(), data.held_out_index.begin() + 6, Labels{14, 15, 18, 20, 27, 41}.begin()));
  CHECK(std::accumulate(data.held_out_index.begin(), data.held_out_index.end(), int64_t{0}) == 125553891);
  CHECK(label_digest(data.given, 10).substr(0, 16) == "247844dcffcdca3b");
  CHECK(label_digest(data.held_out_labels, 10).substr(0, 16) == "c2c366fbc641f164");
  CHECK(data.noise->changed == 25033);
}

TrialSpec l2r_spec(const char* kind) {
  TrialSpec spec =
      spec_of("l2r_flip", .4, {{"kind", kind}, {"stream", "numpy"}, {"validation", 5000}, {"trusted", 1000}});
  spec.seeds.noise = spec.seeds.split = 0;
  spec.data.held_out = HeldOutSpec{.count = 5000,
                                   .labels = HeldOutLabels::clean,
                                   .stratified = false,
                                   .noise = NoiseDrawn::after_split,
                                   .draw = "numpy_choice"};
  spec.trusted = TrustedSpec{};
  spec.trusted->count = 1000;
  spec.trusted->draw = "l2r";
  return spec;
}

TEST_CASE("L2R's noise, validation and trusted images are drawn again bit for bit", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  struct Row {
    const char* kind;
    int64_t changed;
    const char* digest;
  };
  // noise_authors_reference.py with numpy 2.4.6.
  const auto row =
      GENERATE(values<Row>({{"uniform", 15859, "ed0242ba770debb6"}, {"background", 15860, "4a921461c0ffc02d"}}));
  CAPTURE(row.kind);
  const TrainingData data = make_training_data(l2r_spec(row.kind), dataset_of(cifar10_labels(shared)));
  CHECK(data.noise->changed == row.changed);
  CHECK(label_digest(data.given, 10).substr(0, 16) == row.digest);
  const auto sum = [](const Labels& values) { return std::accumulate(values.begin(), values.end(), int64_t{0}); };
  CHECK(data.held_out_index[3] == 52);
  CHECK(sum(data.held_out_index) == 124444548);
  Labels trusted;
  for (const int64_t position : data.trusted) trusted.push_back(data.train_index[static_cast<size_t>(position)]);
  CHECK(std::equal(trusted.begin(), trusted.begin() + 4, Labels{28, 164, 221, 237}.begin()));
  CHECK(sum(trusted) == 24437435);
}

TEST_CASE("L2R's order is refused where its parts are drawn otherwise", "[datasets][noise]") {
  const auto refused = [](TrialSpec spec, const std::string& words) {
    CHECK_THROWS_WITH(make_training_data(spec, dataset_of(cycling(50000, 10))), Contains(words));
  };
  TrialSpec spec = l2r_spec("uniform");
  SECTION("another count") { spec.trusted->count = 100; }
  SECTION("another draw of the trusted part") { spec.trusted->draw = "uniform"; }
  SECTION("no held-out part") { spec.data.held_out.reset(); }
  SECTION("two seeds") { spec.seeds.split = 1; }
  refused(spec, "l2r_flip with stream \"numpy\" needs held_out with count 5000");
}

TEST_CASE("L2R's own draws have no order", "[datasets][noise]") {
  const NoiseSpec noise{
      .generator = "l2r_flip", .rate = .4, .options = {{"kind", "uniform"}, {"stream", "philox"}, {"trusted", 10}}};
  CHECK_THROWS_WITH(make_noisy_labels(noise, cycling(100, 10), 10, 1),
                    Contains("option \"trusted\" is defined with stream \"numpy\" only"));
}

TEST_CASE("A split by numpy takes a seed that numpy takes", "[datasets][noise]") {
  TrialSpec spec = spec_of("symmetric_exclusive", .5, {{"count", "per_sample"}, {"stream", "philox"}});
  spec.data.held_out = HeldOutSpec{.count = 20,
                                   .labels = HeldOutLabels::noisy,
                                   .stratified = false,
                                   .noise = NoiseDrawn::before_split,
                                   .draw = "numpy_choice"};
  spec.seeds.split = uint64_t{1} << 32;
  CHECK_THROWS_WITH(make_training_data(spec, dataset_of(cycling(200, 10))), Contains("/seeds/split: 4294967296"));
}

TEST_CASE("Noisy copies show each image once more for each copy", "[datasets][noise]") {
  TrialSpec spec = spec_of("noisy_copies", .8, {{"copies", 4}, {"stream", "philox"}});
  spec.data.held_out =
      HeldOutSpec{.count = 20, .labels = HeldOutLabels::clean, .stratified = true, .noise = NoiseDrawn::after_split};
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
  spec.data.held_out->labels = HeldOutLabels::noisy;
  CHECK_THROWS_WITH(make_training_data(spec, dataset_of(cycling(200, 10))),
                    Contains("/data/held_out: noisy_copies changes training images only"));
}

/// The one pixel that sample `position` shows.
uint8_t shown(const TrainingData& data, size_t position) {
  const ImageReferences images = data.train_images();
  return image_at(*images.source, images.index[position])[0];
}

TEST_CASE("Open-set noise shows the other set's images under the old labels", "[datasets][noise]") {
  TrialSpec spec =
      spec_of("open_set", .4, {{"count", "exact_per_class"}, {"stream", "philox"}, {"open_share", 1}, {"source", "x"}});
  spec.data.held_out =
      HeldOutSpec{.count = 20, .labels = HeldOutLabels::clean, .stratified = true, .noise = NoiseDrawn::after_split};
  test::PixelSet foreign = set_of(cycling(500, 100));
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
    CHECK(shown(data, position) == foreign.pixels[static_cast<size_t>(image.source)]);
  }
  for (size_t i = 0; i < 180; ++i) {
    const int64_t image = data.train_index[i];
    CHECK(data.given[i] == before.train.labels[static_cast<size_t>(image)]);
    if (!replaced[i]) CHECK(shown(data, i) == test::image_of(before.train, image)[0]);
  }
  spec.trusted = TrustedSpec{};
  spec.trusted->count = 10;
  spec.trusted->draw = "uniform";
  CHECK_THROWS_WITH(make_training_data(spec, before, inputs), Contains("/trusted: not defined with open_set"));
}

/// A data folder with one label file for the images of dataset_of(cycling(20, 10)): every label one further.
struct LabelFolder {
  test::TemporaryFolder folder;
  std::string digest;
  LabelFolder() {
    std::string text = "[";
    for (int i = 0; i < 20; ++i) text += (i == 0 ? "" : ", ") + std::to_string((i + 1) % 10);
    text += "]";
    test::write_bytes(folder.path() / "labels" / "next.json", text);
    digest = hex(sha256(text));
  }
  TrialSpec spec(const std::string& file, const std::string& pinned) const {
    return spec_of("label_file", .4, {{"file", file}, {"digest", pinned}});
  }
};

TEST_CASE("A label file gives its labels to the images that take part", "[datasets][noise]") {
  const LabelFolder labels;
  TrialSpec spec = labels.spec("labels/next.json", labels.digest);
  spec.data.train_subset = SubsetSpec{.count = 15, .how = SubsetDraw::first};
  const NoiseInputs inputs = load_noise_inputs(spec, facts(), labels.folder.path());
  const TrainingData data = make_training_data(spec, dataset_of(cycling(20, 10)), inputs);
  for (size_t i = 0; i < 15; ++i) CHECK(data.given[i] == static_cast<int64_t>(i + 1) % 10);
  CHECK(data.noise->effective_rate == 1);
  CHECK(data.noise->requested_rate == .4);
}

TEST_CASE("Label files that are absent, changed or elsewhere are refused", "[datasets][noise]") {
  const LabelFolder labels;
  const auto load = [&](const TrialSpec& spec) { return load_noise_inputs(spec, facts(), labels.folder.path()); };
  const std::string other(64, '0');
  CHECK_THROWS_AS(load(labels.spec("labels/none.json", other)), MissingData);
  CHECK_THROWS_WITH(load(labels.spec("labels/none.json", other)), Contains("none.json: not there (SHA-256 000"));
  CHECK_THROWS_AS(load(labels.spec("labels/next.json", other)), InputError);
  CHECK_THROWS_WITH(load(labels.spec("labels/next.json", other)),
                    Contains("SHA-256 " + labels.digest + "; the trial's noise is pinned to 000"));
  for (const char* path : {"../next.json", "/etc/hostname", "labels/../../next.json", ""}) {
    CHECK_THROWS_WITH(load(labels.spec(path, other)), Contains("is not a path below the data folder"));
  }
  TrialSpec unknown = spec_of("open_set", .4, {{"source", "cifar1000"}});
  CHECK_THROWS_WITH(load(unknown), Contains("no data set \"cifar1000\""));
  unknown.noise->options["source"] = "mnist";
  CHECK_THROWS_WITH(load(unknown), Contains("images of mnist and cifar10 differ in size"));
}

/// A .npy of float64 as numpy.save lays it out.
std::string npy_of_reals(const std::vector<double>& values, const std::string& shape) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize(117, ' ');
  header += "\n";
  std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
  bytes += header;
  for (const double value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes;
}

TEST_CASE("A matrix file gives its rows without the diagonal", "[datasets][noise]") {
  const test::TemporaryFolder folder;
  // Every row says class 3, but row 3, which says class 7; the diagonal must not count.
  std::vector<double> matrix(100, 0.0);
  for (size_t row = 0; row < 10; ++row) matrix[row * 10 + (row == 3 ? 7 : 3)] = 0.5;
  for (size_t row = 0; row < 10; ++row) matrix[row * 11] = 0.9;
  const auto spec_with = [&](const std::string& bytes) {
    test::write_bytes(folder.path() / "m.npy", bytes);
    return spec_of("confusion_rows", .5, {{"file", "m.npy"}, {"digest", hex(sha256(bytes))}, {"stream", "philox"}});
  };
  const TrialSpec spec = spec_with(npy_of_reals(matrix, "10, 10"));
  const NoiseInputs inputs = load_noise_inputs(spec, facts(), folder.path());
  const NoiseSummary summary = *make_training_data(spec, dataset_of(cycling(10000, 10)), inputs).noise;
  CHECK(summary.changed == 5000);
  for (size_t row = 0; row < 10; ++row) {
    const int64_t moved = 1000 - summary.matrix[row * 11];
    // Eight other classes share 8e-5 of .50009.
    CHECK(moved - summary.matrix[row * 10 + (row == 3 ? 7 : 3)] <= 3);
  }
  CHECK_THROWS_WITH(load_noise_inputs(spec_with(npy_of_reals(matrix, "100,")), facts(), folder.path()),
                    Contains("float64 [100]; a square matrix of floats is required"));
  matrix[5] = -1;
  CHECK_THROWS_WITH(load_noise_inputs(spec_with(npy_of_reals(matrix, "10, 10")), facts(), folder.path()),
                    Contains("row 0 has a negative entry"));
  matrix[5] = std::nan("");
  CHECK_THROWS_WITH(load_noise_inputs(spec_with(npy_of_reals(matrix, "10, 10")), facts(), folder.path()),
                    Contains("row 0 has NaN; entries are shares, 0 or more"));
  matrix[5] = HUGE_VAL;
  CHECK_THROWS_WITH(load_noise_inputs(spec_with(npy_of_reals(matrix, "10, 10")), facts(), folder.path()),
                    Contains("row 0 has an infinite entry"));
}

TEST_CASE("Human labels are read with their printed rates", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  struct Row {
    const char* labels;
    int64_t changed;
  };
  // Counted outside in the file that UCSC-REAL/cifar-10-100n publishes.
  const auto row = GENERATE(values<Row>({{"aggre_label", 4505},
                                         {"random_label1", 8617},
                                         {"random_label2", 9061},
                                         {"random_label3", 8820},
                                         {"worse_label", 20104}}));
  CAPTURE(row.labels);
  const Json options = {{"file", "cifar-n/CIFAR-10_human.pt"},
                        {"digest", "873e69c39cb9b5e97fb6bae2d60bb59b38a5cbc31d2b868f7903dcb2b9dd2310"},
                        {"labels", row.labels}};
  TrialSpec spec = spec_of("label_file", .4, options);
  const NoiseInputs inputs = load_noise_inputs(spec, facts(), shared / "data");
  const Dataset dataset = dataset_of(cifar10_labels(shared));
  const NoiseSummary summary = *make_training_data(spec, dataset, inputs).noise;
  CHECK(summary.changed == row.changed);
  spec.noise->generator = "label_file_matrix";
  spec.noise->options["stream"] = "philox";
  const NoiseSummary drawn = *make_training_data(spec, dataset, inputs).noise;
  const double rate = static_cast<double>(row.changed) / 50000;
  CHECK(std::abs(static_cast<double>(drawn.changed - row.changed)) < 5 * std::sqrt(50000 * rate * (1 - rate)));
  for (size_t cell = 0; cell < 100; ++cell) {
    const auto expected = static_cast<double>(summary.matrix[cell]);
    CHECK(std::abs(static_cast<double>(drawn.matrix[cell]) - expected) <= 5 * std::sqrt(expected) + 1e-9);
  }
  if (std::string(row.labels) != "worse_label") return;
  spec.noise->options["stream"] = "numpy_multinomial";
  spec.seeds.noise = 0;
  const NoiseSummary authors = *make_training_data(spec, dataset, inputs).noise;  // noise_authors_reference.py
  CHECK(authors.changed == 20228);
  CHECK(authors.digest.substr(0, 16) == "f7e5b5a3f487201e");
  CHECK(std::round(static_cast<double>(summary.matrix[9 * 10 + 1]) / 5) == 282);  // truck to automobile, per thousand
  CHECK(std::round(static_cast<double>(summary.matrix[3 * 10 + 5]) / 5) == 206);  // cat to dog
  spec.noise->options.erase("labels");
  CHECK_THROWS_WITH(load_noise_inputs(spec, facts(), shared / "data"), Contains("option \"labels\" says which"));
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
        const auto& set = facts().datasets.at(group.data.dataset);
        CHECK_NOTHROW(check_noise(setting.noise, set.classes));
        CHECK_NOTHROW(check_noise_picks(setting.noise, set.classes, set.train_images));
        ++settings;
      }
    }
  }
  CHECK(settings > 100);
}

}  // namespace
}  // namespace nlb

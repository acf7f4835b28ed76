#include "datasets/own_set.h"

#include <catch2/catch.hpp>

#include "core/durable.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/image_formats.h"
#include "datasets/training_data.h"
#include "facts/own_dataset.h"
#include "tests/support/fixtures.h"

namespace nlb {
namespace {

using Catch::Matchers::Contains;
using test::TemporaryFolder;
using test::write_bytes;

const std::vector<int64_t> kSize = {3, 2, 2};

/// rgb.png of image_files.json; what it looks like does not matter here.
std::string picture() {
  const auto json = Json::parse(read_file(std::string(NLB_SOURCE_DIR) + "/tests/datasets/image_files.json"));
  const auto bytes = from_base64(json.at("cases").at(0).at("file").get<std::string>());
  return {bytes.begin(), bytes.end()};
}

constexpr const char* kGood =
    "path,label,clean_label,split\n"
    "a.png,cat,,\n"
    "b/c.png,dog,cat,train\n"
    "\"d, e.png\",cat,cat,\n"
    "t.png,dog,dog,test\n"
    "u.png,,cat,test\n";

TEST_CASE("An image folder is packed into a data set that is read like an official one", "[datasets][own]") {
  const TemporaryFolder folder;
  for (const auto* name : {"a.png", "b/c.png", "d, e.png", "t.png", "u.png"}) {
    write_bytes(folder.path() / "images" / name, picture());
  }
  write_bytes(folder.path() / "l.csv", kGood);
  LineProblems problems("l.csv");
  const auto table = read_label_table(folder.path() / "l.csv", problems);
  const auto set = read_image_folder(table, folder.path() / "images", kSize, problems);
  REQUIRE(problems.empty());
  const auto facts = pack_own_set(set, "photos", "photos", folder.path() / "data");
  CHECK(facts.train_images == 3);
  CHECK(facts.labels_as_given);
  const auto read = load_dataset(facts, folder.path() / "data");
  CHECK(all_pixels(read.train) == all_pixels(set.dataset.train));
  CHECK(read.given == std::vector<int64_t>{0, 1, 0});
  CHECK(read.train.labels == std::vector<int64_t>{kUnknownLabel, 0, 0});
  CHECK(read.test.labels == std::vector<int64_t>{1, 0});
  CHECK(training_image_names(facts, folder.path() / "data") ==
        std::vector<std::string>{"a.png", "b/c.png", "d, e.png"});

  SECTION("a changed file is refused") {
    write_bytes(folder.path() / "data/photos/t10k-labels-idx1-ubyte", idx_of_labels({}));
    CHECK_THROWS_AS(load_dataset(facts, folder.path() / "data"), InputError);
  }
  SECTION("its own labels are what a method is given, the checked ones may be trusted") {
    TrialSpec spec;
    spec.noise = NoiseSpec{.generator = "own_labels", .rate = 0.5};
    spec.trusted.emplace();
    spec.trusted->count = 2;
    spec.trusted->draw = "uniform";
    spec.seeds = {.noise = 1, .split = 2, .init = 3, .train = 4};
    const auto data = make_training_data(spec, read);
    CHECK(data.given == std::vector<int64_t>{0, 0, 0});
    CHECK(data.trusted == std::vector<int64_t>{1, 2});
    CHECK(data.noise->count == 2);
    CHECK(data.noise->changed == 1);
    CHECK(data.noise->effective_rate == 0.5);
    spec.trusted->count = 3;
    CHECK_THROWS_WITH(make_training_data(spec, read), Contains("3 images of only 2"));
  }
  SECTION("no generator draws noise on labels that nobody knows") {
    TrialSpec spec;
    spec.noise =
        NoiseSpec{.generator = "pair_flip", .rate = 0.5, .options = {{"count", "exact"}, {"stream", "philox"}}};
    spec.seeds = {.noise = 1, .split = 2, .init = 3, .train = 4};
    CHECK_THROWS_WITH(make_training_data(spec, read), Contains("of 3 images only 2 have a known one"));
  }
}

TEST_CASE("Suspects that were checked correct labels, and count for no estimate", "[datasets][own]") {
  const TemporaryFolder folder;
  for (const auto* name : {"a", "b", "c", "d", "t", "u"}) write_bytes(folder.path() / "images" / name, picture());
  write_bytes(folder.path() / "l.csv",
              "path,label,clean_label,split,picked\n"
              "a,cat,dog,,suspect\nb,cat,dog,,random\nc,dog,dog,,\nd,cat,,,\nt,,cat,test,\nu,,dog,test,\n");
  LineProblems problems("l.csv");
  const auto table = read_label_table(folder.path() / "l.csv", problems);
  const auto set = read_image_folder(table, folder.path() / "images", kSize, problems);
  REQUIRE(problems.empty());
  const auto facts = pack_own_set(set, "photos", "photos", folder.path() / "data");
  const auto read = load_dataset(facts, folder.path() / "data");
  CHECK(read.given == std::vector<int64_t>{0, 0, 1, 0});
  CHECK(read.train.labels == std::vector<int64_t>{kUnknownLabel, 1, 1, kUnknownLabel});
  CHECK(read.targeted == std::vector<int64_t>{1, kUnknownLabel, kUnknownLabel, kUnknownLabel});
  const auto alone = load_own_labels(facts, folder.path() / "data");
  CHECK(alone.targeted == read.targeted);
  CHECK(alone.train.labels == read.train.labels);
  CHECK(alone.test.labels == read.test.labels);
  CHECK(alone.train.images == nullptr);

  TrialSpec spec;
  spec.noise = NoiseSpec{.generator = "own_labels", .rate = 0.5};
  spec.seeds = {.noise = 1, .split = 2, .init = 3, .train = 4};
  const auto as_given = make_training_data(spec, read);
  CHECK(as_given.given == std::vector<int64_t>{0, 0, 1, 0});
  CHECK(as_given.noise->count == 2);  // b and c; a was no random pick
  CHECK(as_given.noise->changed == 1);
  spec.noise->options = {{"corrected", true}};
  const auto corrected = make_training_data(spec, read);
  CHECK(corrected.given == std::vector<int64_t>{1, 1, 1, 0});
  CHECK(corrected.noise->count == 0);  // nobody knows how many of the others are wrong
  CHECK(corrected.noise->digest != as_given.noise->digest);
}

TEST_CASE("Every image that is missing or broken is named with its line", "[datasets][own]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "l.csv", kGood);
  write_bytes(folder.path() / "a.png", "GIF89a");
  LineProblems problems("l.csv");
  const auto table = read_label_table(folder.path() / "l.csv", problems);
  read_image_folder(table, folder.path(), kSize, problems);
  CHECK_THROWS_WITH(problems.throw_if_any(), Contains("l.csv:2: ") && Contains("a.png: not PNG, JPEG or WebP") &&
                                                 Contains("l.csv:6: ") && Contains("u.png: no such file"));
}

TEST_CASE("A folder of idx files is an own set too", "[datasets][own]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "train-images-idx3-ubyte", test::idx_images(0, 6, 4, 5));
  write_bytes(folder.path() / "train-labels-idx1-ubyte", test::idx_labels(0, 6));
  CHECK_THROWS_WITH(read_idx_folder(folder.path(), {1, 4, 5}),
                    Contains("no idx file t10k-images") && Contains("no idx file t10k-labels") && Contains("±4.4"));
  write_bytes(folder.path() / "t10k-images-idx3-ubyte", test::idx_images(6, 3, 4, 5));
  write_bytes(folder.path() / "t10k-labels-idx1-ubyte", test::idx_labels(6, 3));
  const auto set = read_idx_folder(folder.path(), {1, 4, 5});
  CHECK(set.dataset.classes == 9);  // nine images show nine of the fixture's ten labels
  CHECK(set.dataset.given.size() == 6);
  CHECK(set.dataset.train.labels == std::vector<int64_t>(6, kUnknownLabel));
  CHECK_THROWS_WITH(read_idx_folder(folder.path(), {3, 32, 32}), Contains("images of 1x4x5"));
  write_bytes(folder.path() / "train-clean-labels-idx1-ubyte",
              idx_of_labels(std::vector<int64_t>{kUnknownLabel, 1, kUnknownLabel, 2, 3, kUnknownLabel}, kUnknownClean));
  CHECK(read_idx_folder(folder.path(), {1, 4, 5}).dataset.train.labels ==
        std::vector<int64_t>{kUnknownLabel, 1, kUnknownLabel, 2, 3, kUnknownLabel});
}

TEST_CASE("A number that stands for unknown clean labels is no class of idx files, and one class is not a set",
          "[datasets][own]") {
  const TemporaryFolder folder;
  const auto write = [&](const std::vector<int64_t>& labels, const std::vector<int64_t>& clean) {
    write_bytes(folder.path() / "train-labels-idx1-ubyte", idx_of_labels(labels));
    write_bytes(folder.path() / "train-clean-labels-idx1-ubyte", idx_of_labels(clean));
  };
  write_bytes(folder.path() / "train-images-idx3-ubyte", test::idx_images(0, 12, 4, 5));
  write_bytes(folder.path() / "t10k-images-idx3-ubyte", test::idx_images(12, 2, 4, 5));
  write_bytes(folder.path() / "t10k-labels-idx1-ubyte", idx_of_labels(std::vector<int64_t>{1, 2}));
  const std::vector<int64_t> given = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
  write(given, {1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK_THROWS_WITH(read_idx_folder(folder.path(), {1, 4, 5}),
                    Contains("10 of 12 clean labels are 0, which no other label is; write 255 where nobody looked"));
  write(given, {1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(read_idx_folder(folder.path(), {1, 4, 5}).dataset.classes == 3);  // nine: a class that a checker saw
  write_bytes(folder.path() / "t10k-labels-idx1-ubyte", idx_of_labels(std::vector<int64_t>{1, 1}));
  write(std::vector<int64_t>(12, 1), std::vector<int64_t>(12, 1));
  CHECK_THROWS_WITH(read_idx_folder(folder.path(), {1, 4, 5}), Contains("one class alone; 2 to 255 are allowed"));
}

TEST_CASE("Classes of idx files are the numbers that occur: from 1 to 10 are ten", "[datasets][own]") {
  const TemporaryFolder folder;
  const std::vector<int64_t> labels = {10, 1, 2, 3, 4, 5}, tests = {6, 7, 8, 9};
  write_bytes(folder.path() / "train-images-idx3-ubyte", test::idx_images(0, 6, 4, 5));
  write_bytes(folder.path() / "train-labels-idx1-ubyte", idx_of_labels(labels));
  write_bytes(folder.path() / "t10k-images-idx3-ubyte", test::idx_images(6, 4, 4, 5));
  write_bytes(folder.path() / "t10k-labels-idx1-ubyte", idx_of_labels(tests));
  write_bytes(folder.path() / "train-clean-labels-idx1-ubyte",
              idx_of_labels(std::vector<int64_t>{10, 255, 255, 1, 255, 255}));
  const auto set = read_idx_folder(folder.path(), {1, 4, 5});
  CHECK(set.dataset.class_names == std::vector<std::string>{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"});
  CHECK(set.dataset.classes == 10);
  CHECK(set.dataset.given == std::vector<int64_t>{9, 0, 1, 2, 3, 4});
  CHECK(set.dataset.train.labels ==
        std::vector<int64_t>{9, kUnknownLabel, kUnknownLabel, 0, kUnknownLabel, kUnknownLabel});
  CHECK(set.dataset.test.labels == std::vector<int64_t>{5, 6, 7, 8});
  REQUIRE(set.notes.size() == 1);
  CHECK_THAT(set.notes[0], Contains("labels run from 1 to 10, and 10 numbers occur"));
}

TEST_CASE("Mean and deviation of the training pixels, by hand", "[datasets][own]") {
  const ImageSet set = image_set({2, 1, 1}, {0, 51, 255, 51}, {0, 0});
  const auto statistics = channel_statistics(set);
  CHECK(statistics.mean == std::vector<double>{0.5, 0.2});
  CHECK(statistics.deviation == std::vector<double>{0.5, 0.0001});  // never 0: it divides
}

}  // namespace
}  // namespace nlb

#include "datasets/own_set.h"

#include <catch2/catch.hpp>

#include "core/durable.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/csv.h"
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

std::string problems_of(const std::string& csv) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "l.csv", csv);
  LineProblems problems("l.csv");
  try {
    const auto table = read_label_table(folder.path() / "l.csv", problems);
    check_splits(table, problems);
    problems.throw_if_any();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

constexpr const char* kGood =
    "path,label,clean_label,split\n"
    "a.png,cat,,\n"
    "b/c.png,dog,cat,train\n"
    "\"d, e.png\",cat,cat,\n"
    "t.png,dog,dog,test\n"
    "u.png,,cat,test\n";

TEST_CASE("CSV is read as RFC 4180 has it", "[datasets][own]") {
  const auto records = read_csv(
      "\xef\xbb\xbf"
      "a,b\r\n\"x, \"\"y\"\"\nz\",2\n\n,\n3,\"\"",
      "f");
  REQUIRE(records.size() == 4);
  CHECK(records[0].fields == std::vector<std::string>{"a", "b"});
  CHECK(records[1].fields == std::vector<std::string>{"x, \"y\"\nz", "2"});
  CHECK(records[2].line == 5);
  CHECK(records[2].fields == std::vector<std::string>{"", ""});
  CHECK(records[3].fields == std::vector<std::string>{"3", ""});
  CHECK_THROWS_WITH(read_csv("a\nx\"y\n", "f"), Contains("f:2: a quote inside"));
  CHECK_THROWS_WITH(read_csv("a\n\"y\n", "f"), Contains("f:2: a quote that is never closed"));
  CHECK_THROWS_WITH(read_csv("\"a\"b\n", "f"), Contains("f:1: text behind a closing quote"));
  CHECK(csv_field("a \"b\"") == "\"a \"\"b\"\"\"");
}

TEST_CASE("A label table has classes by name, splits and known clean labels", "[datasets][own]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "l.csv", kGood);
  LineProblems problems("l.csv");
  const auto table = read_label_table(folder.path() / "l.csv", problems);
  REQUIRE(problems.empty());
  CHECK(table.class_names == std::vector<std::string>{"cat", "dog"});
  REQUIRE(table.rows.size() == 5);
  CHECK(table.count(true) == 2);
  CHECK(table.rows[0].clean == kUnknownLabel);
  CHECK(table.rows[1].label == 1);
  CHECK(table.rows[1].clean == 0);
  CHECK(table.rows[2].path == "d, e.png");
  CHECK(table.rows[4].label == kNoLabel);
  CHECK(table.rows[4].test);
}

TEST_CASE("Classes that are all numbers are in their order", "[datasets][own]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "l.csv", "path,label,clean_label,split\na,10,,\nb,9,,\nc,2,2,test\n");
  LineProblems problems("l.csv");
  CHECK(read_label_table(folder.path() / "l.csv", problems).class_names == std::vector<std::string>{"2", "9", "10"});
}

TEST_CASE("All problems of a label table come at once, with line and value", "[datasets][own]") {
  const auto found = problems_of(
      "path,label,clean_label,split\n"
      "a.png,cat,,val\n"
      "../b.png,dog,,\n"
      "a.png,dog,,\n"
      "c.png,,,\n"
      "d.png,cat\n"
      "e.png,cat,,test\n"
      "f.png,cat,dog,test\n");
  CHECK_THAT(found, Contains("l.csv:2: split \"val\"; allowed: train, test"));
  CHECK_THAT(found, Contains("l.csv:3: path \"../b.png\" leaves the image folder"));
  CHECK_THAT(found, Contains("l.csv:4: path \"a.png\" stands in line 2 already"));
  CHECK_THAT(found, Contains("l.csv:5: training image without a label"));
  CHECK_THAT(found, Contains("l.csv:6: 2 fields; the header has 4"));
  CHECK_THAT(found, Contains("1 of 2 test rows have no clean_label, the first in line 7"));
  CHECK_THAT(problems_of("path,lable\na,b\n"), Contains("l.csv:1: no column \"lable\"; nearest is \"label\"") &&
                                                   Contains("l.csv:1: no column \"label\""));
  CHECK_THAT(problems_of("path,label,clean_label,split\na,b,,\nc,b,b,test\n"),
             Contains("1 different words among its labels"));
  CHECK_THAT(problems_of("path,label\n"), Contains("has no row below its header"));
  CHECK_THAT(problems_of("path;label\na;b\n"), Contains(":1: fields are separated by semicolons"));
  CHECK_THAT(problems_of("path,label\na,cat\nb,K\xe4se\n"), Contains(":3: is not UTF-8"));  // Latin-1
}

TEST_CASE("Without trusted test labels it is said what hand-checking buys", "[datasets][own]") {
  // Worst half width of a 95 % interval: 1.96 sqrt(1 / 4n) = 4.38 points at 500, 2.19 at 2,000.
  CHECK_THAT(problems_of("path,label\na,x\nb,y\n"),
             Contains("no row has split \"test\"") && Contains("500 images give each accuracy to within ±4.4 points") &&
                 Contains("2,000 to within ±2.2"));
}

TEST_CASE("Problems of one kind are counted beyond twenty", "[datasets][own]") {
  std::string csv = "path,label,clean_label,split\nt,a,a,test\n";
  for (int i = 0; i < 30; ++i) csv += std::to_string(i) + ",,,\n";
  const auto found = problems_of(csv);
  CHECK_THAT(found, Contains("l.csv: 10 further lines of this kind (label)"));
}

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
  CHECK(read.train.pixels == set.dataset.train.pixels);
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

TEST_CASE("Every image that is missing or broken is named with its line", "[datasets][own]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "l.csv", kGood);
  write_bytes(folder.path() / "a.png", "GIF89a");
  LineProblems problems("l.csv");
  const auto table = read_label_table(folder.path() / "l.csv", problems);
  read_image_folder(table, folder.path(), kSize, problems);
  CHECK_THROWS_WITH(problems.throw_if_any(), Contains("l.csv:2: ") && Contains("a.png: neither PNG nor JPEG") &&
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
  CHECK(set.dataset.classes == 10);
  CHECK(set.dataset.given.size() == 6);
  CHECK(set.dataset.train.labels == std::vector<int64_t>(6, kUnknownLabel));
  CHECK_THROWS_WITH(read_idx_folder(folder.path(), {3, 32, 32}), Contains("images of 1x4x5"));
  write_bytes(folder.path() / "train-clean-labels-idx1-ubyte",
              idx_of_labels(std::vector<int64_t>{kUnknownLabel, 1, kUnknownLabel, 2, 3, kUnknownLabel}, kUnknownClean));
  CHECK(read_idx_folder(folder.path(), {1, 4, 5}).dataset.train.labels ==
        std::vector<int64_t>{kUnknownLabel, 1, kUnknownLabel, 2, 3, kUnknownLabel});
}

TEST_CASE("Mean and deviation of the training pixels, by hand", "[datasets][own]") {
  const ImageSet set{.count = 2, .channels = 2, .height = 1, .width = 1, .pixels = {0, 51, 255, 51}, .labels = {0, 0}};
  const auto statistics = channel_statistics(set);
  CHECK(statistics.mean == std::vector<double>{0.5, 0.2});
  CHECK(statistics.deviation == std::vector<double>{0.5, 0.0001});  // never 0: it divides
}

}  // namespace
}  // namespace nlb

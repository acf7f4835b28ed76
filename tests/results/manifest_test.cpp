#include "results/manifest.h"

#include <catch2/catch.hpp>

using namespace nlb;
using Catch::Matchers::Contains;

namespace {

Manifest filled() {
  return {.protocol = "quickstart",
          .group = "main",
          .setting = "0.4",
          .seed = "2",
          .conditions = {{"seeds", {{"noise", 2}, {"split", 2}}}},
          .digests = {{"labels", std::string(64, 'a')}},
          .order = "row i = image i",
          .class_names = {"disc", "ring"},
          .usual = {{"net", {{"id", "mlp"}}}, {"recipe", {{"epochs", 18}}}},
          .method = "mine",
          .link = "",
          .network = "resnet",
          .epochs = 18,
          .extra_data = "none"};
}

TrainingData four_of_six() {
  TrainingData data;
  data.dataset.train.count = 6;
  data.train_index = {0, 2, 3, 5};
  data.given = {1, 0, kNoLabel, 2};
  data.clean = {1, 1, 1, 2};
  data.trusted = {0, 3};
  data.held_out_index = {4};
  data.held_out_labels = {7};
  data.test_index = {0, 1, 2};
  return data;
}

}  // namespace

TEST_CASE("exported arrays are in the official order", "[results][manifest]") {
  const auto data = four_of_six();
  const auto arrays = exported_arrays(data);
  CHECK(arrays.labels == std::vector<int64_t>{1, -1, 0, -1, 7, 2});
  CHECK(arrays.train_index == data.train_index);
  CHECK(arrays.val_index == data.held_out_index);
  CHECK(arrays.trusted_index == std::vector<int64_t>{0, 5});
  CHECK(arrays.test_index == data.test_index);
  CHECK(digests_of(arrays).size() == 5);
}

TEST_CASE("an array's digest is that of numpy's little-endian bytes", "[results][manifest]") {
  // python3: hashlib.sha256(struct.pack("<4q", 0, 1, -1, 300)).hexdigest()
  CHECK(array_digest(std::vector<int64_t>{0, 1, -1, 300}) ==
        "1e5c2344c09558f29c6a9ab85aee4e411644aa8eb18d6e8d3da9348dd4449023");
  CHECK(array_digest({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a manifest is read as it was written", "[results][manifest]") {
  const auto read = read_manifest(write_manifest(filled()), "m.json");
  CHECK(write_manifest(read) == write_manifest(filled()));
  CHECK(read.epochs == 18);
  CHECK(read.conditions == filled().conditions);
}

TEST_CASE("all that is left to fill in is named at once", "[results][manifest]") {
  auto empty = filled();
  empty.method = empty.network = "";
  empty.epochs.reset();
  empty.extra_data.reset();
  REQUIRE_THROWS_WITH(read_manifest(write_manifest(empty), "m.json"),
                      Contains("m.json: /method: is empty") && Contains("/network: is empty") && Contains("/epochs:") &&
                          Contains("/extra_data:"));
  auto blank = filled();
  blank.method = " \t\xc2\xa0";  // a no-break space among them
  CHECK_THROWS_WITH(read_manifest(write_manifest(blank), "m.json"), Contains("m.json: /method: is empty"));
  auto newer = Json::parse(write_manifest(filled()));
  newer["schema"] = kManifestSchema + 1;
  CHECK_THROWS_WITH(read_manifest(newer.dump(), "m.json"), Contains("is newer than this program reads"));
}

TEST_CASE("conditions fix labels and images and nothing of the training", "[results][manifest]") {
  TrialSpec spec;
  spec.noise = NoiseSpec{.generator = "pair_flip", .rate = 0.4, .options = {{"count", "exact"}}};
  spec.seeds = {.noise = 5, .split = 6, .init = 7, .train = 8};
  spec.revisions.generator = 3;
  const auto conditions = conditions_of(spec);
  CHECK(conditions.at("seeds") == Json({{"noise", 5}, {"split", 6}}));
  CHECK(conditions.at("revisions") == Json({{"dataset", 1}, {"data_path", 1}, {"random", 1}, {"generator", 3}}));
  CHECK(conditions.at("noise").at("generator") == "pair_flip");
  CHECK_FALSE(conditions.contains("trusted"));
  CHECK_FALSE(conditions.contains("recipe"));
}

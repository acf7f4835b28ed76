#include "results/imported.h"

#include <catch2/catch.hpp>

#include "tests/support/fixtures.h"

using namespace nlb;
using Catch::Matchers::Contains;

namespace {

const std::vector<int64_t> kLabels = {0, 1, 2, 0, 1};

ImportedScores scored(const std::string& seed, const std::string& digest) {
  const Predictions predictions{.by_epoch = {{0, 0, 0, 0, 0}, {0, 1, 2, 0, 0}, {0, 1, 1, 0, 0}}, .has_epochs = true};
  ImportedScores scores;
  scores.manifest = {.protocol = "small",
                     .group = "first",
                     .setting = "0.4",
                     .seed = seed,
                     .conditions = Json::object(),
                     .digests = {},
                     .order = "o",
                     .class_names = {"a", "b", "c"},
                     .method = "mine",
                     .link = "",
                     .network = "resnet",
                     .epochs = 3,
                     .extra_data = "none"};
  scores.predictions_digest = digest;
  scores.build = {.version = "1", .commit = "c", .dirty = false};
  scores.curves = curves_of(predictions, kLabels);
  scores.counts = score(predictions, kLabels, 3);
  return scores;
}

ImportedNumbers numbers() {
  return read_numbers(R"({"schema": 1, "what": "bare numbers", "protocol": "small", "method": "theirs", "link": "l",
    "network": "n", "extra_data": "none", "values": [{"column": "0.4", "rule": "last", "printed": "91.2±0.3", "runs": 3}]})",
                      "n.json");
}

}  // namespace

TEST_CASE("Predictions by epoch are counted as a trial's evaluations are", "[results][imported]") {
  // Right by epoch, by hand: 2, 4, 3 of 5.
  const auto scores = scored("1", "d");
  const auto& counts = scores.counts;
  CHECK(counts.test_count == 5);
  CHECK(counts.last == 3);
  CHECK(counts.best_on_test == 4);
  CHECK(counts.best_on_test_epoch == 2);
  CHECK(counts.last_ten == std::vector<int64_t>{2, 4, 3});
  CHECK(counts.mean_last_10 == std::vector<uint8_t>{3, 2, 1, 3, 0});
  CHECK(counts.last_bits == std::vector<uint8_t>{0b01011});
  CHECK(counts.best_bits == std::vector<uint8_t>{0b01111});
  CHECK(counts.confusion == std::vector<int32_t>{2, 0, 0, 1, 1, 0, 0, 1, 0});
  CHECK(counts.classes_never_predicted == 1);
  CHECK(scores.curves.test_correct == std::vector<std::vector<int64_t>>{{2, 4, 3}});
}

TEST_CASE("Predictions without epochs have the last rule alone", "[results][imported]") {
  const auto counts = score({.by_epoch = {{0, 1, 2, 0, 0}}, .has_epochs = false}, kLabels, 3);
  CHECK(counts.last == 4);
  CHECK(counts.last_ten.empty());
}

TEST_CASE("Imports are read back from all folders, each once", "[results][imported]") {
  const test::TemporaryFolder a, b;
  store(a.path(), scored("1", "d"));
  store(a.path(), scored("1", "d"));
  store(b.path(), scored("1", "d"));
  store(b.path(), scored("2", "e"));
  store(b.path(), numbers());
  const auto imports = read_imports({a.path(), b.path()});
  CHECK(imports.problems.empty());
  REQUIRE(imports.scores.size() == 2);
  REQUIRE(imports.numbers.size() == 1);
  CHECK(imports.numbers.front().values.front().printed == "91.2±0.3");
  CHECK(to_json(imports.scores.front().counts) == to_json(scored("1", "d").counts));
  CHECK(read_imports({a.path() / "nowhere"}).scores.empty());
}

TEST_CASE("Other predictions for one place are refused, changed files left out", "[results][imported]") {
  const test::TemporaryFolder folder;
  store(folder.path(), scored("1", "d"));
  CHECK_THROWS_WITH(store(folder.path(), scored("1", "other")), Contains("holds other predictions of \"mine\""));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "imported")) {
    test::write_bytes(entry.path(), "{}");
  }
  const auto imports = read_imports({folder.path()});
  CHECK(imports.scores.empty());
  CHECK(imports.problems.lines().size() == 1);
}

TEST_CASE("Bare numbers say whose they are; all that lacks comes at once", "[results][imported]") {
  CHECK(numbers().group == "main");
  CHECK_THROWS_WITH(
      read_numbers(R"({"schema": 1, "what": "bare numbers", "protocol": "p", "method": "", "link": "", "network": "n",
                       "extra_data": "none", "values": [], "value": 1})",
                   "n.json"),
      Contains("n.json: /method: is empty") && Contains("/link: is empty") && Contains("/values: names no value") &&
          Contains("/value: unknown key"));
}

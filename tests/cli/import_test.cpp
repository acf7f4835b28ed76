// nlbench import predictions, and what the page says of rows that came so.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "formats/npy.h"
#include "results/manifest.h"
#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kTestImages = 1000;  // of quickstart

/// small.json with a value published under `rule`, its labels exported to mine/1 with the manifest filled in, and 1,000
/// predictions of class 0.
void exported(Workplace& place, const std::string& rule) {
  place.write_protocol("small", 2);
  const auto file = place / "protocols/small.json";
  auto protocol = Json::parse(text_of(file));
  protocol["groups"][0]["rows"][0]["published"] = {
      {{"rule", rule}, {"kind", "repo"}, {"source", "t"}, {"values", {{"0.4", "91.2"}}}}};
  std::ofstream(file) << protocol.dump();
  REQUIRE(place.run({"labels", "export", "small", "--noise", "0.4", "--seed", "1", "--out", "mine/1"}).code == 0);
  auto manifest = Json::parse(text_of(place / "mine/1/manifest.json"));
  manifest["method"] = "[mine]-plus";
  manifest["link"] = "";
  manifest["network"] = "mlp";
  manifest["epochs"] = 2;
  manifest["extra_data"] = "none";
  std::ofstream(place / "mine/1/manifest.json") << manifest.dump();
  std::ofstream(place / "mine/1/predictions.npy", std::ios::binary) << npy_of(std::vector<int64_t>(kTestImages, 0));
}

/// A .npy of [kTestImages, 10] float64 as numpy.save lays it out: in the first `shared` rows all scores are equal, in
/// the others class 3 has the largest.
std::string npy_of_scores(int64_t shared) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000, 10), }";
  header += std::string(128 - 10 - 1 - header.size(), ' ') + "\n";
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header;
  const std::string none(8, '\0'), one = std::string(6, '\0') + "\xf0\x3f";
  for (int64_t i = 0; i < kTestImages; ++i) {
    for (int c = 0; c < 10; ++c) bytes += i >= shared && c == 3 ? one : none;
  }
  return bytes;
}

Outcome imported(const Workplace& place) { return place.run({"import", "predictions", "mine/1"}); }

}  // namespace

TEST_CASE("import says that the page shows another rule first, and the cell says what it has", "[cli][import]") {
  Workplace place;
  exported(place, "best_on_test");
  const auto stored = imported(place);
  CAPTURE(stored.err);
  CHECK(stored.code == 0);
  CHECK_THAT(stored.err, Contains("the page of small shows \"best epoch on the test set (an oracle)\" first") &&
                             Contains("nlbench report small --rule last") && Contains("or hand in [epochs, 1000]"));
  const auto accuracy = stored.out.substr(stored.out.find("last ") + 5, 5);
  const std::vector<std::string> report = {"report", "small", "--out", "pages", "--format", "html,markdown,csv,latex"};
  CHECK(place.run(report).code == 0);
  const std::string said = "best on test was not measured; last " + accuracy + " (1)";
  for (const auto* page : {"pages/small.md", "pages/small.html", "pages/small.tex"}) {
    CAPTURE(page);
    CHECK_THAT(text_of(place / page), Contains(said) && Contains("training not verified"));
  }
  CHECK_THAT(text_of(place / "pages/small.csv"), Contains("training not verified\""));
  auto last = report;
  last.insert(last.end(), {"--rule", "last"});
  CHECK(place.run(last).code == 0);
  const auto markdown = text_of(place / "pages/small.md");
  CHECK_THAT(markdown, Contains("| " + accuracy + " (1)<br>*not ranked: one seed*<br>some class"));
  CHECK_THAT(markdown, Contains("nlbench report --protocol small --rule last"));
  last.back() = "lst";
  const auto wrong = place.run(last);
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("nearest is \"last\""));
}

TEST_CASE("import says nothing of the rule where the predictions give it", "[cli][import]") {
  Workplace place;
  exported(place, "last");
  const auto stored = imported(place);
  CHECK(stored.code == 0);
  CHECK_THAT(stored.err, !Contains("note:"));
}

TEST_CASE("import refuses arrays that are not the exported ones", "[cli][import]") {
  Workplace place;
  exported(place, "last");
  const auto labels = place / "mine/1/labels.npy";
  const auto whole = text_of(labels);
  auto other = whole;
  other[other.size() - 8 * 3] = static_cast<char>((other[other.size() - 8 * 3] + 1) % 10);
  std::ofstream(labels, std::ios::binary) << other;
  const auto refused = imported(place);
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("labels.npy: 1 of 1500 elements are not the exported ones, the first at 1497: "));
  std::ofstream(labels, std::ios::binary) << npy_of(std::vector<int64_t>(7, 0));
  CHECK_THAT(imported(place).err, Contains("labels.npy: int64 of shape [7] instead of the exported integers [1500]"));
  std::ofstream(labels, std::ios::binary) << whole;
  std::ofstream(place / "mine/1/train_index.npy", std::ios::binary) << npy_of(std::vector<int64_t>(1500, 3));
  CHECK_THAT(imported(place).err, Contains("train_index.npy: 1499 of 1500 elements are not the exported ones"));
  fs::remove(place / "mine/1/train_index.npy");  // what was not kept is not asked for
  CHECK(imported(place).code == 0);
}

TEST_CASE("import tells of scores that predict no single class", "[cli][import]") {
  Workplace place;
  exported(place, "last");
  const auto with = [&](int64_t shared) {
    std::ofstream(place / "mine/1/predictions.npy", std::ios::binary) << npy_of_scores(shared);
    fs::remove_all(place / "results");
    return imported(place);
  };
  CHECK_THAT(with(0).err, !Contains("share the largest"));
  const auto some = with(7);
  CHECK(some.code == 0);
  CHECK_THAT(some.err,
             Contains("predictions.npy: in 7 of 1000 rows several classes share the largest score; the first"));
  const auto all = with(kTestImages);
  CHECK(all.code == 2);
  CHECK_THAT(all.err, Contains("in every row several classes share the largest score, so none is predicted"));
}

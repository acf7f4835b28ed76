// Rows on labels as given beside the same rows on corrected ones. Expected values from scipy.stats (ttest_1samp,
// t.ppf).
#include <catch2/catch.hpp>

#include "bench.h"
#include "reports/pages/sections.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

Json photos() {
  Json files = Json::array();
  for (const auto* name :
       {"train-images-idx4-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx4-ubyte", "t10k-labels-idx1-ubyte"}) {
    files.push_back({{"name", std::string("photos/") + name}, {"bytes", 10}, {"sha256", std::string(64, 'a')}});
  }
  return {{"title", "photos"},   {"format", "idx"},     {"image", {3, 32, 32}},    {"class_names", {"cat", "dog"}},
          {"train_images", 200}, {"test_images", 1000}, {"train_labels", "given"}, {"files", files}};
}

/// small_protocol() on own labels; setting 0.2 takes them as given, 0.4 corrected.
Json own_protocol() {
  auto json = small_protocol();
  json["datasets"]["photos"] = photos();
  for (auto& group : json["groups"]) {
    group["data"]["dataset"] = "photos";
    for (auto& setting : group["settings"]) {
      setting["noise"] = {{"generator", "own_labels"}, {"rate", 0.3}, {"options", Json::object()}, {"source", "own"}};
      setting.erase("for_rate");
    }
  }
  const auto one = json["groups"][0]["settings"][0];
  json["groups"][0]["settings"] = {one, one};
  json["groups"][0]["settings"][0]["name"] = "0.2";
  json["groups"][0]["settings"][1]["name"] = "0.4";
  json["groups"][0]["settings"][1]["noise"]["options"] = {{"corrected", true}};
  for (size_t row : {0, 1}) json["groups"][0]["rows"][row]["seeds"] = 3;
  return json;
}

void add(Bench& bench, const std::string& row, const std::string& setting, const std::vector<int64_t>& correct) {
  const std::string names = "abc";
  for (size_t i = 0; i < correct.size(); ++i) bench.add(row, setting, names.substr(i, 1), {correct[i]});
}

}  // namespace

TEST_CASE("what a correction gains is after minus before on shared seeds", "[reports][own]") {
  Bench bench(own_protocol());
  add(bench, "gce", "0.2", {900, 903, 911});
  add(bench, "gce", "0.4", {910, 915, 920});  // 1.0, 1.2 and 0.9 points more
  add(bench, "ce", "0.2", {705, 709, 707});
  add(bench, "ce", "0.4", {700, 705, 698});  // 0.5, 0.4 and 0.9 less
  const auto table = bench.table();
  const GroupShowing showing(table, table.protocol->groups[0]);
  const auto gaps = correction_gaps(showing);
  REQUIRE(gaps.size() == 2);
  CHECK(gaps[0].after->row->id == "ce");
  CHECK(gaps[0].test.difference == Approx(-0.6));
  CHECK(gaps[0].test.uncertainty == Approx(0.6572410607728428));
  CHECK(gaps[0].test.adjusted_p == Approx(0.05912492771922994));
  CHECK(gaps[1].after->row->id == "gce");
  CHECK(gaps[1].before->column->id == "0.2");
  CHECK(gaps[1].test.difference == Approx(1.0333333333333334));
  CHECK(gaps[1].test.uncertainty == Approx(0.3794583033596759));
  CHECK(gaps[1].test.adjusted_p == Approx(2 * 0.007205446408459768));
}

TEST_CASE("page, Markdown and JSON show before and after, and nothing without a correction", "[reports][own]") {
  const auto pages_of = [](const Json& json) {
    Bench bench(json);
    add(bench, "gce", "0.2", {900, 903, 911});
    add(bench, "gce", "0.4", {910, 915, 920});
    const std::vector<ReportInput> inputs = {{&bench.protocol, &bench.known(), &bench.records, {}}};
    return render_html(inputs, kTemplates, false).at("small.html") + render_markdown(inputs).at("small.md") +
           render_json(inputs).at("small.json");
  };
  const auto shown = pages_of(own_protocol());
  CHECK_THAT(shown, Contains("<figcaption>Before and after the labels were corrected</figcaption>"));
  CHECK_THAT(shown, Contains("<td>90.47 ± 0.57 (3)</td><td>91.50 ± 0.50 (3)</td><td>+1.03 ± 0.38 (3) ▲</td>"));
  CHECK_THAT(shown, Contains("| 90.47 ± 0.57 (3) | 91.50 ± 0.50 (3) | +1.03 ± 0.38 (3) ▲ |"));
  CHECK_THAT(shown, Contains("\"corrections\""));
  auto json = own_protocol();
  json["groups"][0]["settings"][1]["noise"]["options"] = Json::object();
  const auto plain = pages_of(json);
  CHECK_THAT(plain, !Contains("Before and after") && !Contains("\"corrections\""));
}

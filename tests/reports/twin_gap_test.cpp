// Rows under their own configuration beside the one-recipe twin. Expected values from scipy.stats (ttest_1samp, t.ppf).
#include <catch2/catch.hpp>

#include "bench.h"
#include "reports/pages/sections.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

Json own_protocol() {
  auto json = small_protocol();
  json["one_recipe_twin"] = "small_one_recipe";
  for (size_t row : {0, 1}) json["groups"][0]["rows"][row]["seeds"] = 3;
  return json;
}

Json twin_protocol() {
  auto json = own_protocol();
  json["id"] = "small_one_recipe";
  json["title"] = "One recipe";
  json.erase("one_recipe_twin");
  json["recipes"]["sgd"]["optimiser"]["learning_rate"] = 0.02;
  return json;
}

void add(Bench& bench, const std::string& row, const std::string& setting, const std::vector<int64_t>& correct) {
  const std::string names = "abc";
  for (size_t i = 0; i < correct.size(); ++i) bench.add(row, setting, names.substr(i, 1), {correct[i]});
}

}  // namespace

TEST_CASE("a gap is own minus twin on shared seeds, Holm over the group", "[reports][twin]") {
  Bench own(own_protocol()), twin(twin_protocol());
  add(own, "gce", "0.2", {910, 915, 920});
  add(twin, "gce", "0.2", {900, 903, 911});  // 1.0, 1.2 and 0.9 points less
  add(own, "ce", "0.2", {700, 705, 698});
  add(twin, "ce", "0.2", {705, 709, 707});  // 0.5, 0.4 and 0.9 more
  add(own, "ce", "0.4", {600, 601, 602});   // not measured there
  const auto table = own.table(), other = twin.table();
  const GroupShowing showing(table, table.protocol->groups[0]);
  const auto gaps = twin_gaps(showing, other);
  REQUIRE(gaps.size() == 2);
  CHECK(gaps[0].own->row->id == "ce");
  CHECK(gaps[0].test.difference == Approx(-0.6));
  CHECK(gaps[0].test.uncertainty == Approx(0.6572410607728428));
  CHECK(gaps[0].test.adjusted_p == Approx(0.05912492771922994));
  CHECK(gaps[1].own->row->id == "gce");
  CHECK(gaps[1].test.difference == Approx(1.0333333333333334));
  CHECK(gaps[1].test.uncertainty == Approx(0.3794583033596759));
  CHECK(gaps[1].test.adjusted_p == Approx(2 * 0.007205446408459768));
}

TEST_CASE("a twin on other noise gives no gap", "[reports][twin]") {
  auto json = twin_protocol();
  json["groups"][0]["settings"][0]["noise"]["options"]["count"] = "per_sample";
  Bench own(own_protocol()), twin(json);
  add(own, "gce", "0.2", {910, 915, 920});
  add(twin, "gce", "0.2", {900, 903, 911});
  const auto table = own.table(), other = twin.table();
  CHECK(twin_gaps(GroupShowing(table, table.protocol->groups[0]), other).empty());
}

TEST_CASE("the page shows the gap, or names the twin that is not there", "[reports][twin]") {
  Bench own(own_protocol()), twin(twin_protocol());
  add(own, "gce", "0.2", {910, 915, 920});
  const ReportInput own_input{&own.protocol, &facts(), &own.records, {}};
  const ReportInput twin_input{&twin.protocol, &facts(), &twin.records, {}};
  const auto page = [&](const std::vector<ReportInput>& inputs) {
    return render_html(inputs, kTemplates, false).at("small.html");
  };
  CHECK_THAT(page({own_input}), Contains("<code>small_one_recipe</code>, not in this report"));
  CHECK_THAT(page({own_input, twin_input}), Contains("no cell is measured both there and here yet"));
  add(twin, "gce", "0.2", {900, 903, 911});
  CHECK_THAT(page({own_input, twin_input}),
             Contains("<a href=\"small_one_recipe.html\">One recipe</a>.") && Contains("<td>+1.03 ± 0.38 (3) ▲</td>"));
}

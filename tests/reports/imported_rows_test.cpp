#include "reports/judging/imported_rows.h"

#include <catch2/catch.hpp>

#include "reports/judging/comparisons.h"
#include "reports/judging/detection.h"
#include "reports/pages/report.h"
#include "reports/pages/row_facts.h"
#include "reports/pages/run_view.h"
#include "reports/pages/wording.h"
#include "tests/reports/bench.h"

namespace nlb {
namespace {

using Catch::Matchers::Contains;

ImportedScores scores_of(const std::string& seed, int64_t last, const std::string& network = "cnn_small") {
  ImportedScores scores;
  scores.manifest = {.protocol = "small",
                     .group = "first",
                     .setting = "0.4",
                     .seed = seed,
                     .conditions = Json::object(),
                     .digests = {},
                     .order = "",
                     .class_names = {},
                     .method = "my <method>",
                     .link = "a link",
                     .network = network,
                     .epochs = 200,
                     .extra_data = "none"};
  scores.counts = test::made_result({last}).final_counts;
  scores.counts.last_ten.clear();
  scores.curves.outputs = {"predictions"};
  scores.curves.test_correct.resize(1);
  scores.digest = std::string(64, seed == "a" ? '1' : '2');
  return scores;
}

ImportedNumbers bare() {
  return {.protocol = "small",
          .group = "first",
          .method = "theirs",
          .link = "their page",
          .network = "resnet50",
          .epochs = 300,
          .extra_data = "ImageNet",
          .values = {{.column = "0.4", .rule = "last", .printed = "99.9±0.1", .runs = 5}},
          .digest = "d"};
}

Table table_with(test::Bench& bench, const Imports& imports, Protocol& shown) {
  shown = with_imported_rows(bench.protocol, imports, bench.records);
  return make_table(shown, test::without_forward(), bench.records, bench.skipped);
}

TEST_CASE("Predictions scored here are a marked row beside the measured ones", "[reports][imported]") {
  test::Bench bench;
  bench.add("ce", "0.4", "a", {700});
  Protocol shown;
  const auto table =
      table_with(bench, {.scores = {scores_of("a", 800), scores_of("b", 820)}, .numbers = {}, .problems = {}}, shown);
  const auto& cell = test::cell_at(table, "imported_my__method_", "0.4");
  CHECK(cell.state == CellState::measured);
  CHECK(cell.values("last") == std::vector<double>{80, 82});
  CHECK(cell.values("best_on_test").empty());  // one epoch: the rule last alone
  CHECK(test::cell_at(table, "imported_my__method_", "0.2").seeds.empty());
  const auto note = row_note(*cell.row);
  CHECK_THAT(note, Contains("predictions scored here, training not verified"));
  CHECK_THAT(note, Contains("200 epochs (usual here: 20)") && Contains("no extra data") && Contains("a link"));
  CHECK_THAT(note, !Contains("network cnn_small (usual"));
  CHECK(table.published == bench.table().published);  // it is judged against nothing
}

TEST_CASE("Predictions scored here are ranked, bare numbers are not", "[reports][imported]") {
  test::Bench bench;
  bench.add("ce", "0.4", "a", {700});
  bench.add("ce", "0.4", "b", {700});
  Protocol shown;
  const auto table = table_with(
      bench, {.scores = {scores_of("a", 800), scores_of("b", 800)}, .numbers = {bare()}, .problems = {}}, shown);
  const auto& group = shown.groups.front();
  const auto ranking = rank_column(table, group, group.column("0.4"), "last");
  const auto* imported = ranking.find(group.row("imported_my__method_"));
  REQUIRE(imported != nullptr);
  CHECK(imported->mean == 80);
  CHECK(rank_text(*imported) == "1");  // ten points in both seeds: beyond half a test image
  CHECK(rank_text(*ranking.find(group.row("ce"))) == "2");
  CHECK(ranking.find(group.row("imported_theirs")) == nullptr);
}

TEST_CASE("What ran elsewhere has no run page, no cost and no place in the first sentence", "[reports][imported]") {
  test::Bench bench;
  Protocol shown;
  const auto table = table_with(bench, {.scores = {scores_of("a", 800)}, .numbers = {}, .problems = {}}, shown);
  const auto& cell = test::cell_at(table, "imported_my__method_", "0.4");
  REQUIRE(cell.seeds.size() == 1);
  CHECK(run_view_link(cell.seeds.front()).empty());
  CHECK_FALSE(group_facts(table, shown.groups.front(), test::without_forward()).rows.at(cell.row).cost);
  CHECK(first_sentence(table) == first_sentence(bench.table()));
}

TEST_CASE("Curves of imported epochs are drawn beside the measured ones", "[reports][imported]") {
  test::Bench bench;
  auto scores = scores_of("a", 800);
  scores.curves.epoch = {1, 2};
  scores.curves.test_correct = {{600, 800}};
  Protocol shown;
  const auto table = table_with(bench, {.scores = {scores}, .numbers = {}, .problems = {}}, shown);
  const auto curves = read_table_curves(table);
  REQUIRE(curves.size() == 1);
  CHECK(curves.begin()->second.epoch == std::vector<int64_t>{1, 2});
  CHECK(curves.begin()->second.test_correct == std::vector<int64_t>{600, 800});
}

TEST_CASE("Another network makes another row", "[reports][imported]") {
  test::Bench bench;
  Protocol shown;
  const auto table = table_with(
      bench, {.scores = {scores_of("a", 800), scores_of("a", 900, "resnet50")}, .numbers = {}, .problems = {}}, shown);
  CHECK(test::cell_at(table, "imported_my__method_", "0.4").values("last") == std::vector<double>{80});
  const auto& other = test::cell_at(table, "imported_my__method__2", "0.4");
  CHECK(other.values("last") == std::vector<double>{90});
  CHECK_THAT(row_note(*other.row), Contains("network resnet50 (usual here: cnn_small)"));
}

TEST_CASE("Bare numbers are shown as published only", "[reports][imported]") {
  test::Bench bench;
  Protocol shown;
  const auto table = table_with(bench, {.scores = {}, .numbers = {bare()}, .problems = {}}, shown);
  const auto& cell = test::cell_at(table, "imported_theirs", "0.4");
  CHECK(cell.state == CellState::published_only);
  CHECK(cell.values("last").empty());
  REQUIRE(cell.judgements.size() == 1);
  CHECK(published_text(*cell.judgements.front().published) == "99.9 ± 0.1");
  CHECK_THAT(row_note(*cell.row), Contains("bare numbers, neither measured nor scored here") &&
                                      Contains("extra data: ImageNet") && Contains("their page"));
}

TEST_CASE("What the protocol no longer has is left out", "[reports][imported]") {
  test::Bench bench;
  auto gone = scores_of("a", 800);
  gone.manifest.setting = "0.7";
  auto elsewhere = scores_of("a", 800);
  elsewhere.manifest.protocol = "another";
  const auto shown =
      with_imported_rows(bench.protocol, {.scores = {gone, elsewhere}, .numbers = {}, .problems = {}}, bench.records);
  CHECK(shown.groups.front().rows.size() == bench.protocol.groups.front().rows.size());
}

TEST_CASE("Names of methods reach the page escaped", "[reports][imported]") {
  test::Bench bench;
  const auto shown = with_imported_rows(
      bench.protocol, {.scores = {scores_of("a", 800)}, .numbers = {}, .problems = {}}, bench.records);
  const std::vector<ReportInput> inputs = {{&shown, &test::without_forward(), &bench.records, {}}};
  const auto html = render_html(inputs, std::string(NLB_SOURCE_DIR) + "/templates", true).at("small.html");
  CHECK_THAT(html, Contains("my &lt;method&gt;") && !Contains("my <method>"));
  CHECK_THAT(html, Contains("training not verified"));
  CHECK_THAT(render_json(inputs).at("small.json"), Contains("\"origin\": \"predictions scored here"));
  CHECK_THAT(render_latex(inputs).at("small.tex"), Contains("(predictions scored here, training not verified)"));
  CHECK_THAT(render_markdown(inputs).at("small.md"), Contains("my &lt;method&gt;") && Contains("80.00 (1)"));
}

}  // namespace
}  // namespace nlb

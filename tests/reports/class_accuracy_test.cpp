// Classes of a user's own data: recalls worked out by hand from made confusion matrices.
#include "reports/judging/class_accuracy.h"

#include <catch2/catch.hpp>

#include "bench.h"
#include "protocols/own_data.h"
#include "reports/judging/comparisons.h"
#include "reports/pages/report.h"
#include "reports/pages/showing.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

/// small_protocol() on a set of its own: cat, dog, emu and fox; no fox among the test images.
Json own_protocol() {
  auto json = small_protocol();
  const std::string digest(64, '0');
  Json files = Json::array();
  for (const auto* name : {"train-images-idx4-ubyte", "train-labels-idx1-ubyte", "train-clean-labels-idx1-ubyte",
                           "t10k-images-idx4-ubyte", "t10k-labels-idx1-ubyte"})
    files.push_back({{"name", std::string("photos/") + name}, {"bytes", 100}, {"sha256", digest}});
  json["datasets"]["photos"] = {{"title", "photos"},       {"format", "idx"},
                                {"image", {3, 32, 32}},    {"class_names", {"cat", "dog", "emu", "fox"}},
                                {"train_images", 100},     {"test_images", 100},
                                {"train_labels", "given"}, {"files", files}};
  json["groups"].erase(1);
  auto& group = json["groups"][0];
  group["data"]["dataset"] = "photos";
  group["settings"] = Json::parse(R"([{"name": "0.2", "title": "own",
    "noise": {"generator": "own_labels", "rate": 0.2, "options": {}, "source": "own"}}])");
  group["columns"] = Json::parse(R"([{"id": "0.2", "setting": "0.2"}])");
  group["rows"].erase(3);
  group["rows"].erase(2);
  group["rows"][1].erase("published");
  return json;
}

class OwnBench {
 public:
  OwnBench() : protocol(parsed(own_protocol())), known_(facts(), std::vector<const Protocol*>{&protocol}) {}

  /// Row i of `confusion`: test images of class i by predicted class.
  void add(const std::string& row, const std::string& seed, const std::vector<int32_t>& confusion) {
    const auto& group = protocol.groups[0];
    for (const auto& entry : protocol.seeds) {
      if (entry.name != seed) continue;
      auto trial = resolve_trial(protocol, group, group.row(row), group.setting("0.2"), entry, known_.get());
      trial.uses = {{protocol.id, group.id, row, "0.2", seed}};
      int64_t right = 0;
      for (size_t c = 0; c < 4; ++c) right += confusion[5 * c];
      auto result = made_result({right});
      result.final_counts.test_count = 100;
      result.final_counts.confusion = confusion;
      result.final_counts.classes_never_predicted = classes_never_predicted(confusion);
      auto record = made_record(trial, std::move(result));
      record.digest = write_record(record).digest;
      records.by_trial[record.trial].push_back(std::move(record));
    }
  }
  ReportInput input() const { return {&protocol, &known_.get(), &records, {}}; }

  Protocol protocol;
  RecordIndex records;

 private:
  KnownFacts known_;
};

/// 80 cats, 15 dogs, 5 emus. Cross-entropy calls nearly all of them cats, in both seeds never emu; GCE finds the emus
/// in seed a only.
struct Filled : OwnBench {
  Filled() {
    add("ce", "a", {80, 0, 0, 0, 12, 3, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0});
    add("ce", "b", {79, 1, 0, 0, 9, 6, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0});
    add("gce", "a", {78, 1, 1, 0, 2, 12, 1, 0, 1, 0, 4, 0, 0, 0, 0, 0});
    add("gce", "b", {79, 1, 0, 0, 0, 15, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0});
  }
};

}  // namespace

TEST_CASE("recalls, balanced accuracy and missing classes are those of the confusion matrices", "[reports][classes]") {
  const Filled bench;
  const auto table = table_of(bench.input());
  const auto accuracies = class_accuracies(table);
  REQUIRE(accuracies.size() == 2);
  const auto& ce = accuracies.at(&cell_at(table, "ce", "0.2"));
  REQUIRE(ce.classes.size() == 3);  // no test image is a fox
  CHECK(ce.classes[0].name == "cat");
  CHECK(ce.classes[0].images == 80);
  CHECK(ce.classes[0].recall.mean == Approx((100 + 98.75) / 2));
  CHECK(ce.classes[1].recall.mean == Approx((20 + 40) / 2.0));
  CHECK(ce.classes[2].recall.mean == 0);
  CHECK(ce.classes[2].never_predicted == 2);
  CHECK(ce.balanced.mean == Approx(((100 + 20 + 0) / 3.0 + (98.75 + 40 + 0) / 3) / 2));
  const auto& gce = accuracies.at(&cell_at(table, "gce", "0.2"));
  CHECK(gce.classes[2].never_predicted == 1);
  CHECK(gce.classes[2].recall.mean == Approx((80 + 0) / 2.0));
  CHECK(missing_class_text(cell_at(table, "ce", "0.2"), &ce) == "never predicts emu (2 of 2 seeds)");
  CHECK(missing_class_text(cell_at(table, "gce", "0.2"), &gce) == "never predicts emu (1 of 2 seeds)");
}

TEST_CASE("a class that some or all seeds never predict takes no row's rank", "[reports][classes]") {
  const Filled bench;
  const auto table = table_of(bench.input());
  const auto& group = bench.protocol.groups[0];
  const auto ranking = rank_column(table, group, group.columns[0], "last");
  REQUIRE(ranking.ranks.size() == 2);  // before, one row missed emu in every seed and stood alone, in bold
  CHECK(ranking.unranked.empty());
  CHECK(ranking.ranks[0].cell->row->id == "gce");
  CHECK(ranking.ranks[0].mean == Approx(94));
}

TEST_CASE("every form tells balanced accuracy, classes and what is never predicted", "[reports][classes]") {
  const Filled bench;
  const auto input = bench.input();
  // (100 + 20 + 0) / 3 = 40, (98.75 + 40) / 3 = 46.25: mean 43.125, deviation 6.25 / sqrt 2
  const std::string balanced = "balanced (last) 43.12 ± 4.42";
  const auto markdown = render_markdown({input}).at("small.md");
  CHECK_THAT(markdown, Contains("**84.00 ± 1.41 (2)**<br>never predicts emu (2 of 2 seeds)<br>" + balanced + " |"));
  CHECK_THAT(markdown, Contains("| row | balanced | cat (80 images) | dog (15 images) | emu (5 images) |"));
  CHECK_THAT(markdown, Contains("| CE | 43.1 ± 4.4 | 99.4 ± 0.9 | 30.0 ± 14.1 | never predicted |"));
  CHECK_THAT(markdown, Contains(" | 40.0 ± 56.6, never predicted by 1 of 2 seeds |"));
  const auto html = render_html({input}, kTemplates, false).at("small.html");
  for (const auto& text : {balanced, std::string("never predicts emu (2 of 2 seeds)"),
                           std::string("Accuracy by class: "), std::string("value=\"balanced\"")}) {
    CAPTURE(text);
    CHECK_THAT(html, Contains(text));
  }
  const auto csv = render_csv({input}).at("small.csv");
  CHECK_THAT(csv, Contains(",43.125,4.419417382415922,never predicts emu (2 of 2 seeds),\r\n"));
  const auto json = Json::parse(render_json({input}).at("small.json"));
  const auto& classes = json["groups"][0]["rows"][0]["cells"][0]["classes"];
  CHECK(classes["balanced"]["mean"].get<double>() == Approx(43.125));
  CHECK(classes["by_class"][2]["seeds_that_never_predict_it"] == 2);
  const auto latex = render_latex({input}).at("small.tex");
  CHECK_THAT(latex, Contains("\\quad balanced (last) & {\\footnotesize 43.12 $\\pm$ 4.42 (2)}"));
  CHECK_THAT(latex, Contains("\\textsuperscript{a} never predicts emu (2 of 2 seeds)}"));
}

TEST_CASE("pages of official sets tell missing classes without names, and no balanced accuracy", "[reports][classes]") {
  Bench bench;
  auto result = made_result({912});
  bench.add("gce", "0.2", "a", result);
  result.final_counts.classes_never_predicted = 1;
  bench.add("gce", "0.2", "b", result);
  const std::vector<ReportInput> inputs = {{&bench.protocol, &without_forward(), &bench.records, {}}};
  const auto markdown = render_markdown(inputs).at("small.md");
  CHECK_THAT(markdown, Contains("some class is never predicted (1 of 2 seeds)"));
  CHECK_THAT(markdown, !Contains("balanced"));
  CHECK_THAT(render_html(inputs, kTemplates, false).at("small.html"), !Contains("value=\"balanced\""));
}

// Parts of pages that have a right answer of their own.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "core/json.h"
#include "reports/pages/page_state.h"
#include "reports/pages/plot.h"
#include "reports/pages/row_facts.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

TEST_CASE("ticks are round and cover the range", "[reports][plot]") {
  CHECK(ticks(0, 1, 5) == std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
  CHECK(ticks(93.1, 99.2, 6) == std::vector<double>{94, 96, 98});
  CHECK(log_ticks(3, 600) == std::vector<double>{5, 10, 20, 50, 100, 200, 500});
  CHECK(log_ticks(60, 78) == std::vector<double>{60, 65, 70, 75});
  CHECK(log_ticks(0.5, 20'000) == std::vector<double>{1, 10, 100, 1000, 10'000});
}

TEST_CASE("JSON inside a page keeps its meaning and cannot end its element", "[reports][pages]") {
  const std::string text =
      GENERATE(std::string("</script><!-- <script>"), std::string("\"' onload='x' \\\" \\\\\" &lt;"),
               std::string("plain"), std::string("\\"), std::string("\u202E \u2028 \n\t"));
  const Json value = {{"key", text}, {text, 1}};
  const auto safe = html_safe_json(value.dump());
  CHECK(Json::parse(safe) == value);
  for (const char sign : {'<', '>', '&', '\''}) CHECK(safe.find(sign) == std::string::npos);
}

TEST_CASE("costs read down a column: one unit, two or three digits", "[reports][page]") {
  CHECK(cost_text(0.25) == "0.2 s");
  CHECK(cost_text(48.6) == "49 s");
  CHECK(cost_text(90) == "1.5 min");
  CHECK(cost_text(2400) == "40 min");
  CHECK(cost_text(9000) == "2.5 h");
  CHECK(machine_mark(0) == "a");
  CHECK(machine_mark(25) == "z");
  CHECK(machine_mark(26) == "aa");
}

TEST_CASE("twins hold what was measured and are keyed by cell", "[reports][twins]") {
  Shelf shelf;
  shelf.fill("r");
  const auto records = shelf.read({"r"});
  const auto input = shelf.input(records);
  const auto csv = render_csv({input}).at("small.csv");
  // The mean of 91.4 and 91.0, the counts that fill() stores.
  CHECK_THAT(csv, Contains("\r\nsmall/gce/0.2,first,gce,0.2,measured,last,91.2"));
  CHECK_THAT(csv, Contains("small/gce/0.4,first,gce,0.4,failed,"));
  CHECK_THAT(csv, Contains("small/old/mean,first,old,mean,published only,"));
  const auto json = Json::parse(render_json({input}).at("small.json"));
  const auto& cell = json["groups"][0]["rows"][1]["cells"][0];
  CHECK(cell["id"] == "small/gce/0.2");
  CHECK(cell["rules"]["last"]["mean"].get<double>() == Approx(91.2));
  CHECK(cell["rules"]["last"]["deviation"].get<double>() == Approx(std::sqrt(0.08)));
  CHECK(cell["seeds"][0]["percent"]["best_on_test"].get<double>() == Approx(94.0));
  CHECK(cell["published"][0]["value"].get<double>() == Approx(91.2));
  const auto latex = render_latex({input}).at("small.tex");
  CHECK_THAT(latex, Contains("% small/gce/0.2 small/gce/0.4 small/gce/mean\n"));
  CHECK_THAT(latex, Contains("91.20 $\\pm$ 0.28 (2)"));
}

TEST_CASE("hostile text breaks no twin", "[reports][twins]") {
  const std::string hostile = GENERATE(std::string("a,b\"c\r\nd"), std::string("\\input{x} $ % # _ { } ~ ^ & \n% y"),
                                       std::string("{\"a\": 1}"));
  Shelf wild(saying(hostile)), plain(saying("plain"));
  fill_saying(wild, hostile);
  fill_saying(plain, "plain");
  const auto records = wild.read({"r"}), plain_records = plain.read({"r"});
  const auto input = wild.input(records), plain_input = plain.input(plain_records);
  CHECK(Json::parse(render_json({input}).at("small.json"))["title"] == hostile);
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  CHECK(lines(render_latex({input}).at("small.tex")) == lines(render_latex({plain_input}).at("small.tex")));
  CHECK_THAT(render_latex({input}).at("small.tex"), !Contains("\\input"));
  CHECK(lines(render_csv({input}).at("small.csv")) == lines(render_csv({plain_input}).at("small.csv")));
}

TEST_CASE("a run of 300 epochs and 100 classes has a page below 300 kB", "[reports][pages]") {
  constexpr int kClasses = 100, kEpochs = 300;
  std::vector<int64_t> correct;
  for (int e = 0; e < kEpochs; ++e) correct.push_back(300 + e);
  auto result = made_result(correct);
  for (const auto* name : {"seen_wrong", "wrong_fit_given", "wrong_fit_clean", "selected_clean", "selected_wrong"})
    result.curves.train_counts[name] = std::vector<int64_t>(kEpochs, 1000);
  result.noise->classes = kClasses;
  result.noise->matrix.clear();
  result.final_counts.confusion.clear();
  for (int i = 0; i < kClasses; ++i) {
    for (int j = 0; j < kClasses; ++j) {
      result.noise->matrix.push_back(i == j ? 300 : (i * 31 + j * 17) % 5);
      result.final_counts.confusion.push_back(i == j ? 60 : (i * 13 + j * 7) % 3);
    }
  }
  Shelf shelf;
  shelf.add("r", "gce", "0.2", "a", result);
  for (const auto& [name, text] : shelf.html()) {
    if (!name.starts_with("runs/")) continue;
    CAPTURE(text.size());
    CHECK(text.size() < 300'000);
  }
}

// Pages for tests/reports/browser/page_test.py, which starts this case as a process with NLB_SITE = a folder: a small
// table, the same with hostile text in every place, and a table of 50 rows, 10 settings and 5 seeds.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "core/durable.h"
#include "core/text.h"
#include "reports/judging/imported_rows.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;
namespace fs = std::filesystem;

namespace {

void write_site(const fs::path& folder, const ReportFiles& files) {
  for (const auto& [name, text] : files) write_bytes(folder / name, text);
}

/// small_protocol() with a row of predictions of one epoch and one of bare numbers, both of method "[mine] *λ*".
ReportFiles elsewhere() {
  Shelf shelf;
  shelf.fill("r");
  auto records = shelf.read({"r"});
  ImportedScores scores;
  scores.manifest.protocol = "small";
  scores.manifest.group = "first";
  scores.manifest.setting = "0.2";
  scores.manifest.seed = "a";
  scores.manifest.method = "[mine] *λ*";
  scores.manifest.network = "cnn_small";
  scores.manifest.epochs = 20;
  scores.manifest.extra_data = "none";
  scores.counts = made_result({800}).final_counts;
  scores.counts.last_ten.clear();
  scores.curves.test_correct.resize(1);
  scores.digest = std::string(64, '1');
  ImportedNumbers numbers{.protocol = "small",
                          .group = "first",
                          .method = "theirs",
                          .link = "their page",
                          .network = "resnet50",
                          .epochs = 300,
                          .extra_data = "none",
                          .values = {{.column = "0.4", .rule = "last", .printed = "99.9", .runs = 5}},
                          .digest = "d"};
  const auto protocol = with_imported_rows(shelf.protocol(), {{scores}, {numbers}, {}}, records);
  return render_html({{&protocol, &facts(), &records, {}}}, kTemplates, false);
}

/// small_protocol() widened to `rows` rows of GCE at `settings` rates, each published.
Json large_protocol(int rows, int settings, int seeds) {
  auto json = small_protocol();
  json["id"] = "large";
  auto& group = json["groups"][0];
  json["groups"] = Json::array({group});
  auto& first = json["groups"][0];
  Json rates = Json::array(), columns = Json::array(), values = Json::object(), entries = Json::array();
  for (int s = 0; s < settings; ++s) {
    const double rate = s / 20.0;
    rates.push_back(rate);
    columns.push_back({{"id", shortest(rate)}, {"setting", shortest(rate)}});
    values[shortest(rate)] = "9" + std::to_string(s % 10) + ".2±0.3";
  }
  for (int s = 1; s <= seeds; ++s) {
    const auto name = std::to_string(s);
    entries.push_back({{"name", name}, {"noise", s}, {"split", s}, {"init", s}, {"train", s}});
  }
  json["seeds"] = entries;
  first["settings"][0]["for_rate"] = rates;
  first["columns"] = columns;
  const Json ce = {{"id", "ce"}, {"title", "CE"}, {"method", "ce"}, {"source", "own"}};
  first["rows"] = Json::array({ce});
  for (int r = 1; r < rows; ++r) {
    const Json published = {
        {"rule", "last"}, {"kind", "repo"}, {"source", "table 1"}, {"deviation_kind", "unknown"}, {"values", values}};
    first["rows"].push_back({{"id", "gce_" + std::to_string(r)},
                             {"title", "GCE, q " + shortest(r / 100.0)},
                             {"method", "gce"},
                             {"options", {{"q", r / 100.0}}},
                             {"source", "paper"},
                             {"published", Json::array({published})}});
  }
  return json;
}

/// A result of 300 evaluations that depends on row, setting and seed.
TrialResult long_result(int row, int setting, int seed) {
  std::vector<int64_t> correct;
  for (int e = 0; e < 300; ++e)
    correct.push_back(500 + e - setting * 20 + row * 2 + (row * 7 + setting * 3 + seed * 11 + e) % 9);
  return made_result(correct);
}

}  // namespace

TEST_CASE("pages for the browser", "[.child][site]") {
  const char* folder = std::getenv("NLB_SITE");
  REQUIRE(folder != nullptr);
  Shelf small;
  small.fill("r");
  write_site(fs::path(folder) / "small", small.html());
  const std::string hostile =
      "<script>alert('x')</script>\"' onload=alert(1) \u202Etxt\u2066 &amp; " + std::string(10'000, 'y');
  Shelf wild(saying(hostile));
  fill_saying(wild, hostile);
  write_site(fs::path(folder) / "hostile", wild.html());
  write_site(fs::path(folder) / "elsewhere", elsewhere());
}

TEST_CASE("a table of 50 rows, 10 settings and 5 seeds makes a page below 3 MB", "[reports][pages][slow]") {
  constexpr int kRows = 50, kSettings = 10, kSeeds = 5;
  Shelf shelf(large_protocol(kRows, kSettings, kSeeds));
  for (int row = 0; row < kRows; ++row) {
    for (int setting = 0; setting < kSettings; ++setting) {
      for (int seed = 1; seed <= kSeeds; ++seed)
        shelf.add("r", row == 0 ? "ce" : "gce_" + std::to_string(row), shortest(setting / 20.0), std::to_string(seed),
                  long_result(row, setting, seed));
    }
  }
  const auto records = shelf.read({"r"});
  const auto start = std::chrono::steady_clock::now();
  const auto files = shelf.html_of(records, kTemplates, false);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << "page of 2,500 records of 300 epochs: " << static_cast<double>(files.at("large.html").size()) / 1e6
            << " MB in " << seconds.count() << " s\n";
  CHECK(files.at("large.html").size() < 3'000'000);
  if (const char* folder = std::getenv("NLB_SITE")) write_site(fs::path(folder) / "large", files);
}

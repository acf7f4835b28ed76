// Rows that are `like` another row of their file.
#include <catch2/catch.hpp>

#include "tests/protocols/small_protocol.h"

namespace nlb {
namespace {

using namespace test;
using Catch::Contains;

std::vector<std::string> ids(const Protocol& protocol, const std::string& row) {
  Selection selection;
  selection.groups = {"all"};
  selection.rows = {row};
  std::vector<std::string> found;
  for (const auto& trial : make_plan({protocol}, selection, without_forward()).trials) found.push_back(trial.id);
  return found;
}

TEST_CASE("a row that is like another is that row with its own values in place", "[protocols][like]") {
  auto json = small_protocol();
  const Json gce = json["groups"][0]["rows"][1];
  auto& rows = json["groups"][1]["rows"];
  rows.push_back({{"like", "first/gce"}, {"published", nullptr}, {"title", "GCE again"}});
  rows.push_back({{"like", "first/gce"}, {"id", "half"}, {"published", nullptr}, {"options", {{"q", 0.5}}}});
  const auto protocol = parsed(json);
  const auto& same = protocol.group("more").row("gce");
  CHECK(same.title == "GCE again");
  CHECK(same.published.empty());
  CHECK(same.seeds == std::vector<std::string>{"a", "b"});
  CHECK(protocol.group("more").row("half").title == "GCE");

  // What is written out has the same identity and the same sources.
  auto written = small_protocol();
  auto whole = gce;
  whole.erase("published");
  written["groups"][1]["rows"].push_back(whole);
  whole["id"] = "half";
  whole["options"]["q"] = 0.5;
  written["groups"][1]["rows"].push_back(whole);
  const auto other = parsed(written);
  for (const char* row : {"gce", "half"}) {
    CAPTURE(row);
    CHECK(ids(protocol, row) == ids(other, row));
    CHECK(protocol.group("more").row(row).sources == other.group("more").row(row).sources);
  }
  CHECK(ids(protocol, "half") != ids(protocol, "gce"));
}

TEST_CASE("a row that is like none, or like one that is itself like another, is told", "[protocols][like][errors]") {
  const auto wrong = [](const Json& row) { return problems_with("/groups/1/rows/0", row); };
  CHECK_THAT(wrong({{"like", "first/gcee"}}),
             Contains("p.json: /groups/1/rows/0/like: \"first/gcee\": there is no such row; write GROUP/ROW"));
  CHECK_THAT(wrong({{"like", "gce"}}), Contains("\"gce\": there is no such row"));
  CHECK_THAT(wrong({{"like", 3}}), Contains("/groups/1/rows/0/like: 3 is not a text"));
  // What is wrong with the whole is told at the row.
  CHECK_THAT(wrong({{"like", "first/gce"}, {"published", nullptr}, {"options", {{"q", 2}}}}),
             Contains("/groups/1/rows/0/options/q: 2 is outside (0, 1]"));
  auto json = small_protocol();
  json["groups"][1]["rows"][0] = {{"like", "first/ce"}, {"id", "ce"}};
  json["groups"][1]["rows"].push_back({{"like", "more/ce"}, {"id", "third"}});
  CHECK_THROWS_WITH(parsed(json), Contains("/groups/1/rows/1/like: \"more/ce\" is itself like another; name that one"));
}

}  // namespace
}  // namespace nlb

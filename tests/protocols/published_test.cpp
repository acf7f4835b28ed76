// Protocols that refer to protocols/published and protocols/recipes: what they read, and what is said of a wrong place.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "core/durable.h"
#include "protocols/library.h"
#include "small_protocol.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

/// A folder of protocols with files that they share; it goes when the test ends.
struct Shelf {
  std::filesystem::path root = std::filesystem::temp_directory_path() / ("nlb_library_" + std::to_string(::getpid()));
  Shelf() {
    for (const auto* name : {"published", "recipes", "elsewhere"}) std::filesystem::create_directories(root / name);
    write("published/paper.json", paper());
    write("published/readme.json", readme());
    write("recipes/code.json", code());
  }
  ~Shelf() { std::filesystem::remove_all(root); }
  void write(const std::string& name, const Json& json) const { std::ofstream(root / name) << json.dump(1); }
  Protocol read(const Json& protocol, const std::string& name = "small.json") const {
    write(name, protocol);
    return ProtocolShelf({root}).find((root / name).string(), facts());
  }

  static Json paper() {
    return Json::parse(R"({
      "schema": 1, "id": "paper", "source": "paper, table 1", "kind": "seed",
      "tables": {
        "first": {
          "note": "of the table", "runs": 5,
          "rules": {"best_on_test": {"note": "of the rule"}},
          "levels": ["0.2", "0.4"],
          "row": {"ran_by": "paper's authors", "clean_labels": {"training": 0, "selection": 0}},
          "rows": {
            "gce": {"last": ["91.20", {"printed": "80±1", "note": "of the value"}], "best_on_test": [null, "95"],
                    "deviation_kind": "unknown", "also": ["readme/first/gce"]},
            "old": {"row": {"title": "Old", "note": "never run"}, "runs": 3,
                    "best_on_test": {"note": "of the values", "values": ["70", "60"]}}
          }
        },
        "whole": {
          "levels": ["0.2"],
          "group": {"id": "quoted", "title": "Quoted", "conditions": "unknown",
                    "data": {"dataset": "cifar10", "evaluate_every": 1, "source": "data file"},
                    "settings": [{"for_rate": [0.2], "noise": {"generator": "pair_flip", "source": "noise file",
                                  "options": {"count": "exact", "stream": "philox"}}}]},
          "rows": {"a": {"row": {"title": "A"}, "unknown": ["50.0"]}, "b": {"row": {"title": "B"}, "unknown": ["51"]}}
        }
      }
    })");
  }
  static Json readme() {
    return Json::parse(R"({"schema": 1, "id": "readme", "source": "owner/repo:README.md", "kind": "repo",
      "tables": {"first": {"levels": ["0.2"], "rows": {"gce": {"last": ["91.2"]}}}}})");
  }
  static Json code() {
    const auto small = small_protocol();
    return {{"schema", 1},
            {"id", "code"},
            {"nets", {{"cnn", small["nets"]["net"]}}},
            {"recipes", {{"sgd", small["recipes"]["sgd"]}}}};
  }
};

/// The small protocol, its numbers and recipe by their places.
Json referring() {
  auto json = small_protocol();
  json.erase("nets");
  json.erase("recipes");
  for (auto& group : json["groups"]) {
    group["net"] = "code/cnn";
    group["recipe"] = "code/sgd";
  }
  json["groups"][0]["rows"][1]["published"] = Json::array({"paper/first/gce"});
  json["groups"][0]["rows"][3] = "paper/first/old";
  json["groups"].push_back("paper/whole");
  return json;
}

std::vector<std::string> trial_ids(const Protocol& protocol) {
  Selection selection;
  selection.groups = {"all"};
  std::vector<std::string> ids;
  for (const auto& trial : make_plan({protocol}, selection, facts()).trials) ids.push_back(trial.id);
  return ids;
}

}  // namespace

TEST_CASE("a row that names a published one has its values, nearer words winning", "[protocols][published]") {
  const Shelf shelf;
  const auto values = shelf.read(referring()).group("first").row("gce").published;
  REQUIRE(values.size() == 3);  // in the order of the file, whose keys are sorted here: best at .4, last at .2 and .4
  CHECK(values[1].rule == "last");
  CHECK(values[1].column == "0.2");
  CHECK(values[1].value == 91.2);
  CHECK(values[1].decimals == 2);
  CHECK(values[1].kind == "seed");
  CHECK(values[1].note == "of the table");
  CHECK(values[1].runs == 5);
  REQUIRE(values[1].printed_by.size() == 2);
  CHECK(values[1].printed_by[0].source == "paper, table 1");
  CHECK(values[1].printed_by[1].source == "owner/repo:README.md");
  CHECK(values[1].printed_by[1].printed == "91.2");
  CHECK(values[1].printed_by[1].kind == "repo");
  CHECK(values[2].note == "of the value");
  CHECK(values[2].deviation == 1);
  CHECK(values[2].printed_by.size() == 1);
  CHECK(values[0].rule == "best_on_test");
  CHECK(values[0].note == "of the rule");
}

TEST_CASE("a protocol adds what holds of its own row alone", "[protocols][published]") {
  const Shelf shelf;
  auto json = referring();
  json["groups"][0]["rows"][1]["published"] =
      Json::parse(R"([{"from": "paper/first/gce", "varied": "init", "difference": "saw more"}])");
  const Protocol protocol = shelf.read(json);
  for (const auto& value : protocol.group("first").row("gce").published) {
    CHECK(value.varied == "init");
    CHECK(value.difference == "saw more");
    CHECK(value.runs == 5);
  }
}

TEST_CASE("a place among rows is a row of which nothing runs, one among groups a whole group",
          "[protocols][published]") {
  const Shelf shelf;
  const auto protocol = shelf.read(referring());
  const auto& old = protocol.group("first").row("old");
  CHECK(old.status == Row::Status::published_only);
  CHECK(old.title == "Old");
  CHECK(old.ran_by == "paper's authors");
  CHECK(old.note == "never run");
  REQUIRE(old.published.size() == 2);
  CHECK(old.published[0].note == "of the values");
  CHECK(old.published[0].runs == 3);
  const auto& group = protocol.group("quoted");
  CHECK(group.columns.front().id == "0.2");
  CHECK(group.columns.front().title == "20 %");
  REQUIRE(group.rows.size() == 2);
  CHECK(group.rows[1].id == "b");
  CHECK(group.rows[1].published.front().value == 51);
}

TEST_CASE("a shared net and recipe give the trials of those written in the protocol", "[protocols][published]") {
  const Shelf shelf;
  const auto ids = trial_ids(shelf.read(referring()));
  CHECK_FALSE(ids.empty());
  CHECK(ids == trial_ids(shelf.read(small_protocol())));
  CHECK(shelf.read(referring()).group("first").row("ce").sources.at("/recipe/epochs") == "recipe file");
}

TEST_CASE("a digest covers the files that a protocol refers to, and no other", "[protocols][published]") {
  const Shelf shelf;
  const auto before = shelf.read(referring()).content_digest;
  shelf.write("published/other.json", Shelf::readme());
  CHECK(shelf.read(referring()).content_digest == before);
  auto changed = Shelf::readme();
  changed["tables"]["first"]["rows"]["gce"]["last"][0] = "91.3";
  shelf.write("published/readme.json", changed);
  CHECK(shelf.read(referring()).content_digest != before);
}

TEST_CASE("a protocol in another folder finds what it shares in the folders of the shelf", "[protocols][published]") {
  const Shelf shelf;
  const auto here = shelf.read(referring());
  CHECK(shelf.read(referring(), "elsewhere/small.json").content_digest == here.content_digest);
  CHECK_THROWS_WITH(
      read_protocol(shelf.root / "elsewhere/small.json", facts()),
      Contains("/groups/0/net: \"code/cnn\": there is no " + (shelf.root / "elsewhere/recipes/code.json").string()));
}

TEST_CASE("a wrong place is told where it is written", "[protocols][published][errors]") {
  const auto [pointer, value, problem] = GENERATE(table<const char*, const char*, const char*>(
      {{"/groups/0/rows/1/published/0", "paper/first/gec",
        "no row \"gec\"; nearest is \"gce\" (published/paper.json, table first)"},
       {"/groups/0/rows/1/published/0", "paper/frist/gce",
        "no table \"frist\"; nearest is \"first\" (published/paper.json)"},
       {"/groups/0/rows/1/published/0", "papers/first/gce", "\"papers/first/gce\": there is no "},
       {"/groups/0/rows/1/published/0", "paper/gce", "\"paper/gce\" is not of the form source/table/row"},
       {"/groups/0/rows/1/published/0", "../first/gce", "\"../first/gce\" is not of the form source/table/row"},
       {"/groups/0/rows/3", "paper/first/gce", "\"paper/first/gce\" has no \"row\""},
       {"/groups/1/rows/0", "paper/first/old", "no column \"0.2\""},
       {"/groups/2", "paper/first", "\"paper/first\" has no \"group\""},
       {"/groups/0/net", "code/cn", "no net \"cn\"; nearest is \"cnn\" (recipes/code.json)"},
       {"/groups/0/recipe", "code/sdg", "no recipe \"sdg\"; nearest is \"sgd\" (recipes/code.json)"}}));
  const Shelf shelf;
  auto json = referring();
  json[Json::json_pointer(pointer)] = value;
  CHECK_THROWS_WITH(shelf.read(json), Contains((shelf.root / "small.json").string() + ": " + pointer + ": " + problem));
}

TEST_CASE("what is wrong in a shared file is told with its place there", "[protocols][published][errors]") {
  struct Case {
    const char *file, *pointer;
    Json value;
    const char* problem;
  };
  const auto c = GENERATE(values<Case>(
      {{"published/paper.json", "/tables/first/rows/gce/last/0", "ninety",
        "/tables/first/rows/gce/last/0: \"ninety\" is not a number as printed"},
       {"published/paper.json", "/tables/first/rows/gce/last/2", "1",
        "/tables/first/rows/gce/last: has 3 entries; the table has 2 levels"},
       {"published/paper.json", "/tables/first/rows/gce/lats", "1", "/tables/first/rows/gce/lats: unknown key"},
       {"published/paper.json", "/tables/first/rows/gce/also/0", "readme/first/ce",
        "/tables/first/rows/gce/also/0: no row \"ce\""},
       {"published/paper.json", "/tables/first/rows/old/row", Json::object(),
        "/tables/first/rows/old/row: has no \"title\""},
       {"published/paper.json", "/tables/first/rows/old/best_on_test", nullptr,
        "/tables/first/rows/old/best_on_test: null is not an array"},
       {"published/paper.json", "/tables/first/rows/gce/deviation_kind", "", "\"\" is not allowed"},
       {"published/paper.json", "/tables/whole/levels/0", "0.3", "/tables/whole/group: no column \"0.3\""},
       {"published/paper.json", "/kind", "book", "/kind: \"book\" is not allowed"},
       {"published/paper.json", "/id", "papers", "/id: \"papers\"; the file's name says \"paper\""},
       {"published/readme.json", "/tables/first/levels/0", "0.6",
        "/tables/first/rows/gce/also/0: prints a value at 0.6"},
       {"recipes/code.json", "/recipes/sgd/epochs", "many", "/recipes/sgd/epochs: \"many\" is not an integer"}}));
  const Shelf shelf;
  auto json = std::string(c.file) == "recipes/code.json"       ? Shelf::code()
              : std::string(c.file) == "published/readme.json" ? Shelf::readme()
                                                               : Shelf::paper();
  json[Json::json_pointer(c.pointer)] = c.value;
  shelf.write(c.file, json);
  const auto told = std::string(c.file) == "published/readme.json" ? "published/paper.json" : c.file;
  CAPTURE(c.file, c.pointer);
  CHECK_THROWS_WITH(shelf.read(referring()), Contains((shelf.root / told).string() + ": ") && Contains(c.problem));
  CHECK_THROWS_WITH(check_library_file(shelf.root / told, facts()), Contains(c.problem));
}

TEST_CASE("every shipped file that protocols share is whole", "[protocols][shipped]") {
  const auto files = library_files(std::filesystem::path(NLB_SOURCE_DIR) / "protocols");
  CHECK(files.size() > 40);
  for (const auto& file : files) {
    CAPTURE(file.string());
    CHECK(is_library_file(file));
    CHECK_NOTHROW(check_library_file(file, facts()));
  }
}

TEST_CASE("the example of a published file in docs/protocols.md reads", "[protocols][shipped]") {
  const auto page = read_file(std::filesystem::path(NLB_SOURCE_DIR) / "docs/protocols.md");
  const std::string fence = "```json\n";
  const auto start = page.rfind(fence, page.find("\"tables\"")) + fence.size();
  Problems problems;
  const auto root = JsonNode::parse(page.substr(start, page.find("```", start) - start), "elr.json", problems);
  const auto tables = read_published_file(root, facts());
  CHECK(problems.lines().empty());
  REQUIRE(tables.size() == 1);
  CHECK(tables.begin()->second.rows.size() == 3);
}

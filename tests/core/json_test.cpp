#include "core/json.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

using namespace nlb;

namespace {

std::string parse_message(const std::string& text) {
  Problems problems;
  try {
    JsonNode::parse(text, "f.json", problems);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// Reads one value under the key "v" and returns the problems as lines.
template <class Read>
std::vector<std::string> problems_of(const std::string& text, Read read) {
  Problems problems;
  const auto root = JsonNode::parse(text, "f.json", problems);
  ObjectReader reader(root);
  read(reader);
  return problems.lines();
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("values are read with their types", "[core][json]") {
  Problems problems;
  const auto root = JsonNode::parse(
      R"({"n": -1.5, "i": 7, "whole": 2.0, "b": true, "t": "\u00e9", "w": "b", "a": [1, 2], "none": null})", "f.json",
      problems);
  ObjectReader reader(root);
  CHECK(reader.number("n") == -1.5);
  CHECK(reader.integer("i") == 7);
  CHECK(reader.integer("whole", 0, 2) == 2);
  CHECK(reader.boolean("b"));
  CHECK(reader.text("t") == "\u00e9");
  CHECK(reader.one_of("w", {"a", "b"}) == "b");
  CHECK(reader.at("a").items().at(1).path() == "/a/1");
  CHECK(reader.at("a").items().at(1).integer() == 2);
  CHECK(reader.at("none").is_null());
  CHECK(reader.text_or("absent", "else") == "else");
  CHECK(reader.find("absent") == std::nullopt);
  CHECK_FALSE(reader.has("absent"));
  reader.close();
  CHECK(problems.lines() == Lines{});
  CHECK(root.raw().at("a").at(0) == 1);
}

TEST_CASE("members keep the order of the file", "[core][json]") {
  Problems problems;
  const auto members = JsonNode::parse(R"({"z": 1, "a": 2})", "f.json", problems).members();
  REQUIRE(members.size() == 2);
  CHECK(members[0].first == "z");
  CHECK(members[1].second.place() == "f.json: /a");
}

TEST_CASE("a number outside its range names the range", "[core][json]") {
  const auto lines = problems_of(R"({"noise": {"rate": 1.4}, "epochs": 0, "big": 18446744073709551615})", [](auto& r) {
    ObjectReader noise(r.at("noise"));
    CHECK(noise.number("rate", Range::half_open(0, 1)) == 0);
    CHECK(r.integer("epochs", 1) == 1);
    r.integer("big");
  });
  CHECK(lines == Lines{"f.json: /noise/rate: 1.4 is outside [0, 1)", "f.json: /epochs: 0 is outside [1, inf)",
                       "f.json: /big: 18446744073709551615 is not an integer; an integer is required here"});
}

TEST_CASE("ranges print and hold their bounds, and refuse NaN", "[core][json]") {
  CHECK(Range::half_open(0, 1).text() == "[0, 1)");
  CHECK(Range::above(0).text() == "(0, inf)");
  CHECK(Range{}.text() == "(-inf, inf)");
  CHECK(Range::between(0, 1).contains(1));
  CHECK_FALSE(Range::half_open(0, 1).contains(1));
  CHECK_FALSE(Range::above(0).contains(0));
  CHECK_FALSE(Range{}.contains(std::numeric_limits<double>::quiet_NaN()));
}

TEST_CASE("a wrong type says what was found and what is required", "[core][json]") {
  const auto lines =
      problems_of(R"({"n": "x", "i": 2.5, "b": 1, "t": [], "a": {}, "w": "co_teachng", "s": null})", [](auto& r) {
        r.number("n", Range::at_least(0));
        r.integer("i", 0, 9);
        r.boolean("b");
        r.text("t");
        r.at("a").items();
        CHECK(r.one_of("w", {"elr", "co_teaching"}) == "elr");
        ObjectReader inner(r.at("s"));
        inner.number("below");
        inner.close();
      });
  CHECK(lines ==
        Lines{R"(f.json: /n: "x" is not a number; a number in [0, inf) is required here)",
              "f.json: /i: 2.5 is not an integer; an integer in [0, 9] is required here",
              "f.json: /b: 1 is neither true nor false",
              R"(f.json: /t: an array is not a text; a "..." is required here)",
              "f.json: /a: an object is not an array; a [...] is required here",
              R"(f.json: /w: "co_teachng" is not allowed; nearest is "co_teaching"; allowed here: elr, co_teaching)",
              "f.json: /s: null is not an object; a {...} is required here"});
}

TEST_CASE("a missing key is one problem, whatever is read below it", "[core][json]") {
  const auto lines = problems_of(R"({"training": {}})", [](auto& r) {
    ObjectReader training(r.at("training"));
    CHECK(training.integer("epochs", 1) == 1);
    ObjectReader schedule(training.at("schedule"));
    schedule.number("rate");
    schedule.close();
    CHECK(training.at("list").items().empty());
    training.close();
  });
  CHECK(lines == Lines{R"(f.json: /training: has no "epochs"; required here)",
                       R"(f.json: /training: has no "schedule"; required here)",
                       R"(f.json: /training: has no "list"; required here)"});
}

TEST_CASE("an unknown key names the allowed keys and the nearest", "[core][json]") {
  const auto lines = problems_of(R"({"epochs": 1, "lr_drop": 2, "batchsize": 3})", [](auto& r) {
    r.integer("epochs");
    r.find("milestones");
    r.find("batch_size");
    r.find("batch_size");
    r.close();
  });
  CHECK(lines == Lines{"f.json: /lr_drop: unknown key; allowed here: batch_size, epochs, milestones",
                       R"(f.json: /batchsize: unknown key; nearest is "batch_size"; )"
                       "allowed here: batch_size, epochs, milestones"});
}

TEST_CASE("text that is not JSON is refused with line and column", "[core][json]") {
  CHECK_THAT(parse_message("{\n  \"a\": 1,\n  \"b\": tru\n}"), Catch::StartsWith("f.json:3:11: not JSON: "));
  CHECK_THAT(parse_message("{\"a\": 1,}"), Catch::StartsWith("f.json:1:9: not JSON: "));
  CHECK_THAT(parse_message("// no\n{}"), Catch::StartsWith("f.json:1:1: not JSON: "));
  CHECK_THAT(parse_message(""), Catch::StartsWith("f.json:1:1: not JSON: "));
  CHECK_THAT(parse_message("{} {}"), Catch::StartsWith("f.json:1:4: not JSON: "));
  CHECK_THAT(parse_message("[NaN]"), Catch::StartsWith("f.json:1:2: not JSON: "));
  CHECK_THAT(parse_message("[1e999]"), Catch::Contains("number overflow"));
  CHECK_THAT(parse_message("[\"\xff\"]"), Catch::Contains("UTF-8"));
}

TEST_CASE("a key that occurs twice is refused at its second place", "[core][json]") {
  CHECK(parse_message("{\"a\": 1,\n \"a\": 2}") == "f.json:2:4: the key \"a\" occurs twice in one object");
  CHECK(parse_message(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})").empty());
}

TEST_CASE("64 levels are read, 65 refused, and a million do not crash", "[core][json]") {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(parse_message(nested(64)).empty());
  CHECK(parse_message(nested(65)) == "f.json:1:65: nested deeper than 64 levels");
  CHECK_THAT(parse_message(nested(1'000'000)), Catch::Contains("nested deeper"));
}

TEST_CASE("a file that cannot be read is the user's error, by name", "[core][json]") {
  Problems problems;
  const auto folder = std::filesystem::temp_directory_path() / "nlb_json_test";
  std::filesystem::create_directories(folder);
  CHECK_THROWS_WITH(JsonNode::read_file(folder / "none.json", problems), Catch::EndsWith("none.json: no such file"));
  CHECK_THROWS_WITH(JsonNode::read_file(folder, problems), Catch::Contains("is a folder"));
  std::ofstream(folder / "a.json") << R"({"a": 1})";
  const auto root = JsonNode::read_file(folder / "a.json", problems);
  CHECK(root.file() == (folder / "a.json").string());
  std::ofstream(folder / "sparse.json");
  std::filesystem::resize_file(folder / "sparse.json", (64 << 20) + 1);
  CHECK_THROWS_WITH(JsonNode::read_file(folder / "sparse.json", problems), Catch::Contains("at most 64 MiB"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("canonical text sorts keys and prints each number in one way", "[core][json]") {
  CHECK(canonical_text(
            Json::parse(R"({"b": [1, 2.0, -0.0, 0.1, 1e-5], "a": {"é": "\n\"", "": null}, "c": {}, "d": []})")) ==
        R"({"a":{"":null,"é":"\n\""},"b":[1,2,0,0.1,1e-05],"c":{},"d":[]})");
  CHECK(canonical_text(Json(1e19)) == canonical_text(Json(10000000000000000000ull)));
  CHECK(canonical_text(Json(-3.0)) == "-3");
  CHECK(canonical_text(Json(1e300)) == "1e+300");
  CHECK(canonical_text(Json(0.1 + 0.2)) == "0.30000000000000004");
  CHECK_THROWS_AS(canonical_text(Json(std::numeric_limits<double>::quiet_NaN())), InternalError);
  CHECK_THROWS_AS(canonical_text(Json(std::numeric_limits<double>::infinity())), InternalError);
  CHECK_THROWS_AS(canonical_text(Json("\xff")), InternalError);
}

TEST_CASE("canonical text reads back as itself", "[core][json]") {
  std::mt19937_64 bits(7);
  for (int i = 0; i < 2000; ++i) {
    double value = 0;
    const uint64_t word = bits();
    std::memcpy(&value, &word, sizeof value);
    if (!std::isfinite(value)) continue;
    const std::string text = canonical_text(Json(value));
    CAPTURE(text);
    CHECK(Json::parse(text).get<double>() == value);
    CHECK(canonical_text(Json::parse(text)) == text);
  }
}

TEST_CASE("2,000 mutated documents are read or refused, never a crash", "[core][json][fuzz]") {
  const std::string seed_text =
      R"({"id": "x", "noise": {"rate": 0.4, "kind": "symmetric_inclusive"}, "seeds": [{"init": 1}, {"init": 2}],
 "published": [[1.5, -2e-3, null, true], {"source": "t\u00e4ble \"2\""}]})";
  const std::string alphabet = "{}[]\",:0123456789.eE+-truefalsn\\u/ \n\x01\x7f\xc3\xff";
  std::mt19937 bits(11);
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string text = seed_text;
    for (size_t edits = 1 + bits() % 4; edits > 0; --edits) {
      const size_t place = bits() % text.size();
      const char other = alphabet[bits() % alphabet.size()];
      if (const auto kind = bits() % 3; kind == 0)
        text[place] = other;
      else if (kind == 1)
        text.insert(place, 1, other);
      else
        text.erase(place, 1 + bits() % 8);
    }
    Problems problems;
    try {
      const auto root = JsonNode::parse(text, "f.json", problems);
      ObjectReader reader(root);
      ObjectReader(reader.at("noise")).number("rate", Range::half_open(0, 1));
      for (const auto& seed : reader.at("seeds").items()) ObjectReader(seed).integer("init");
      for (const auto& [key, value] : reader.at("published").members()) value.text();
      reader.close();
      CHECK_FALSE(canonical_text(root.raw()).empty());
    } catch (const InputError& error) {
      ++refused;
      CHECK_NOTHROW(Json(error.what()).dump());  // the message is UTF-8 whatever the file holds
    }
  }
  CHECK(refused > 1000);
}

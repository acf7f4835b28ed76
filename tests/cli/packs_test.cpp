#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// Five trials of one protocol as files in results/ and as packs in packs/.
void measure(Workplace& place) {
  place.with("FAKE_SPREAD", "2").write_protocol("small", 5);
  REQUIRE(place.run({"run", "small", "--results", "results"}).code == 0);
  const auto packed = place.run({"pack", "results", "--out", "packs"});
  CAPTURE(packed.err);
  REQUIRE(packed.code == 0);
  REQUIRE_THAT(packed.out, Contains("packs/small.jsonl.xz: ") && Contains("5 records written to packs"));
}

}  // namespace

TEST_CASE("every verb that reads results reads packs, with the same words", "[cli][packs]") {
  Workplace place;
  measure(place);
  for (const std::string& source : {std::string("packs"), std::string("packs/small.jsonl.xz")}) {
    CAPTURE(source);
    const auto same = [&](std::vector<std::string> words) {
      auto on_files = words, on_packs = words;
      on_files.insert(on_files.end(), {"--results", "results"});
      on_packs.insert(on_packs.end(), {"--results", source});
      const auto expected = place.run(on_files), found = place.run(on_packs);
      CAPTURE(words.front(), found.err);
      CHECK(found.code == expected.code);
      CHECK(found.out == expected.out);
    };
    same({"status", "small"});
    same({"status", "small", "--format", "json"});
    same({"export", "records", "small"});
    same({"export", "records", "--format", "columns"});
    CHECK(place.run({"compare", "results", source}).code == 0);
    CHECK_THAT(place.run({"compare", source, "results"}).out, Contains("1 cell compared, 0 differ"));
    CHECK(place.run({"report", "small", "--results", source, "--out", "pages", "--format", "csv"}).code == 0);
  }
  CHECK(place.run({"report", "small", "--results", "results", "--out", "files", "--format", "csv"}).code == 0);
  CHECK(text_of(place / "pages/small.csv") == text_of(place / "files/small.csv"));
}

TEST_CASE("a run counts trials of a pack as measured and writes only the others", "[cli][packs]") {
  Workplace place;
  measure(place);
  place.write_protocol("small", 7);
  const auto outcome = place.run({"run", "small", "--results", "packs"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(records_in(place / "packs").size() == 2);
  CHECK_THAT(place.run({"status", "small", "--results", "packs"}).out, Contains("done         7"));
}

TEST_CASE("unpack gives every file back, and pack with --remove leaves the packs alone", "[cli][packs]") {
  Workplace place;
  measure(place);
  REQUIRE(place.run({"unpack", "packs", "--out", "again"}).code == 0);
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(place / "results")) {
    const auto name = fs::relative(entry.path(), place / "results").string();
    if (!entry.is_regular_file() || name.starts_with(".state")) continue;
    ++files;
    CHECK(text_of(entry.path()) == text_of(place / "again" / name));
  }
  CHECK(files == 10);
  REQUIRE(place.run({"pack", "again", "--out", "again", "--remove"}).code == 0);
  CHECK(records_in(place / "again").empty());
  CHECK(text_of(place / "again/small.jsonl.xz") == text_of(place / "packs/small.jsonl.xz"));
  const auto merged = place.run({"merge", "again", "packs", "--out", "both"});
  CHECK(merged.code == 0);
  CHECK(text_of(place / "both/small.jsonl.xz") == text_of(place / "packs/small.jsonl.xz"));
}

TEST_CASE("a damaged pack is told by each verb and gives back what is whole", "[cli][packs]") {
  Workplace place;
  measure(place);
  const auto pack = place / "packs/small.jsonl.xz";
  fs::resize_file(pack, fs::file_size(pack) - 9);
  for (const auto& words : std::vector<std::vector<std::string>>{{"unpack", "packs", "--out", "o"},
                                                                 {"merge", "packs", "--out", "m"},
                                                                 {"pack", "results", "--out", "packs"},
                                                                 {"export", "records", "--results", "packs"},
                                                                 {"status", "small", "--results", "packs"},
                                                                 {"run", "small", "--results", "packs"},
                                                                 {"compare", "packs", "results"}}) {
    const auto outcome = place.run(words);
    CAPTURE(words.front(), outcome.out, outcome.err);
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains("small.jsonl.xz: bytes 0 to ") && Contains("at least 5 records are lost"));
  }
}

TEST_CASE("pack, unpack and merge say what they cannot take", "[cli][packs]") {
  Workplace place;
  measure(place);
  CHECK(place.run({"pack", "results"}).code == 2);
  const auto nowhere = place.run({"unpack", "nowhere", "--out", "x"});
  CHECK(nowhere.code == 2);
  CHECK_THAT(nowhere.err, Contains("nowhere: is neither a results folder nor a pack"));
  CHECK(place.run({"unpack", "results", "--out", "x"}).code == 4);
  CHECK(place.run({"pack", "packs", "--out", "x"}).code == 4);
  CHECK_FALSE(fs::exists(place / "x"));
}

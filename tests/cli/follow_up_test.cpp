// Commands that nlbench prints run as they stand; where results go when no folder is named.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/shell.h"
#include "core/text.h"
#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// Runs a line in a shell in the workplace's folder, with nlbench in the PATH; standard output.
std::string in_shell(const Workplace& place, const std::string& line) {
  const auto out = (place / "shell.out").string();
  const std::string command =
      "cd " + shell_word(place.folder().string()) +
      " && export PATH=" + shell_word(std::string(NLB_BINARY_DIR) + "/bin") +
      ":$PATH NLBENCH_WORKER=" + shell_word(std::string(NLB_BINARY_DIR) + "/tests/cli/fake_worker") +
      "; unset NLBENCH_RESULTS NLBENCH_DATA; { " + line + "\n} > " + shell_word(out) + " 2>&1";
  CAPTURE(line);
  const int code = std::system(command.c_str());
  const auto text = text_of(out);
  CAPTURE(text);
  CHECK(code == 0);
  return text;
}

/// The rest of the line behind `words`; fails where there is none.
std::string behind(const std::string& words, const std::string& text) {
  const size_t at = text.find(words);
  CAPTURE(text);
  REQUIRE(at != std::string::npos);
  const size_t start = at + words.size();
  return text.substr(start, text.find('\n', start) - start);
}

std::string html_text(std::string text) {
  for (const auto& [entity, letter] :
       {std::pair<std::string, std::string>{"&apos;", "'"}, {"&quot;", "\""}, {"&amp;", "&"}}) {
    for (size_t at; (at = text.find(entity)) != std::string::npos;) text.replace(at, entity.size(), letter);
  }
  return text;
}

}  // namespace

TEST_CASE("a shell takes quoted words as they are", "[cli][follow_up]") {
  const auto word =
      GENERATE(values<std::string>({"plain/path-1.json", "two words", "", "it's", "$HOME `id` \"x\" \\ !*?[]",
                                    "Ünï/cödé", "a;b&c|d<e>f", "#no comment", "~", "{a,b}", "0.4", "50%"}));
  CAPTURE(word);
  Workplace place;
  CHECK(in_shell(place, "printf %s " + shell_word(word)) == word);
}

TEST_CASE("plain words are not quoted", "[cli][follow_up]") {
  CHECK(shell_words({"run", "--noise", "uniform/0.001/0.3", "my set.json"}) ==
        "run --noise uniform/0.001/0.3 'my set.json'");
}

TEST_CASE("without a name results go to nlbench-results, never among the sources of a clone", "[cli][results]") {
  Workplace place;
  place.with("NLBENCH_RESULTS", "");
  place.write_protocol("small", 1);
  fs::create_directories(place / "results");
  std::ofstream(place / "results" / "store.cpp") << "// a source";
  const auto outcome = place.run({"run", "small"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, !Contains("earlier version"));
  CHECK(records_in(place / "nlbench-results").size() == 1);
  CHECK(std::distance(fs::directory_iterator(place / "results"), {}) == 1);
  CHECK(behind("report: ", outcome.out) == "nlbench report --protocol small --out pages");
  CHECK_THAT(in_shell(place, behind("report: ", outcome.out)), Contains("pages/small.html"));
  CHECK_THAT(place.run({"status", "small"}).out, Contains("done         1"));
  CHECK_THAT(text_of(place / "pages" / "small.html"),
             Contains("nlbench report --protocol small --format html,markdown,csv,json,latex --out pages<"));
}

TEST_CASE("records of an earlier version are used on, and the command that moves them is told", "[cli][results]") {
  Workplace place;
  place.write_protocol("small", 2);
  REQUIRE(place.run({"run", "small", "--seed", "1"}).code == 0);  // into results/
  std::ofstream(place / "results" / "store.cpp") << "// a source";
  place.with("NLBENCH_RESULTS", "");
  const auto outcome = place.run({"run", "small"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, Contains("note: results/ holds records of an earlier version and is used on"));
  CHECK(records_in(place / "results").size() == 2);
  CHECK_THAT(behind("report: ", outcome.out), Contains("--results results"));
  in_shell(place, behind("to move them to nlbench-results/: ", outcome.err));
  CHECK(records_in(place / "results").empty());
  CHECK(fs::exists(place / "results" / "store.cpp"));
  const auto after = place.run({"run", "small"});
  CHECK_THAT(after.err, Contains("2 done, 0 to run") && !Contains("earlier version"));
  CHECK(lines_of(place / "starts").size() == 2);
}

TEST_CASE("printed commands quote paths and keep the folders that were named", "[cli][follow_up]") {
  Workplace place;
  place.write_protocol("small", 1);
  fs::create_directories(place / "my protocols");
  fs::rename(place / "protocols" / "small.json", place / "my protocols" / "small.json");
  const std::vector<std::string> folders = {"--results", "my results", "--data", "my data"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), folders.begin(), folders.end());
    return place.run(words);
  };
  SECTION("a protocol named as a file") {
    const auto run = with({"run", "my protocols/small.json"});
    CHECK_THAT(in_shell(place, behind("report: ", run.out)), Contains("pages/small.html"));
    const auto page = html_text(text_of(place / "pages" / "small.html"));
    CHECK(in_shell(place, "nlbench report" + behind(">nlbench report", page.substr(0, page.rfind("</pre>")))).size() >
          10);
    CHECK_THAT(text_of(place / "pages" / "small.md"),
               Contains("made by `nlbench report --protocol 'my protocols/small.json' --results 'my results'`"));
  }
  SECTION("a folder of protocols") {
    const auto run = with({"run", "small", "--protocols", "my protocols"});
    CHECK_THAT(in_shell(place, behind("report: ", run.out)), Contains("pages/small.html"));
    const auto view = html_text(text_of(fs::directory_iterator(place / "pages" / "runs")->path()));
    const auto again = behind("nlbench run", view);
    CHECK_THAT(in_shell(place, "nlbench run" + again), Contains("1 trial done (0 in this run)"));
    auto verify = behind("nlbench verify", view);
    CHECK_THAT(verify, Contains(" --results 'my results'"));
    CHECK_THAT(in_shell(place, "nlbench verify" + verify.substr(0, verify.find('<'))), Contains("seed 1: same chains"));
    const auto bare = with({"export", "samples", "small", "--protocols", "my protocols"});
    const auto keeping = behind("run it in another one: ", bare.err);
    CHECK_THAT(keeping, Contains("--protocols 'my protocols' --results kept --data 'my data'"));
    CHECK_THAT(in_shell(place, keeping), Contains("1 trial done (1 in this run)"));
  }
  SECTION("without pages of runs a page names the command that makes them") {
    REQUIRE(with({"run", "my protocols/small.json"}).code == 0);
    REQUIRE(with({"report", "my protocols/small.json", "--out", "bare", "--no-run-views"}).code == 0);
    CHECK_THAT(text_of(place / "bare" / "small.html"),
               Contains("The pages of single runs") && Contains("this command makes them"));
    REQUIRE(with({"report", "my protocols/small.json", "--out", "full"}).code == 0);
    CHECK_THAT(text_of(place / "full" / "small.html"), !Contains("The pages of single runs"));
  }
}

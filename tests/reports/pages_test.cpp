// Golden pages: after a change that is meant to move them, run `NLB_ACCEPT=1 reports_tests "[golden]"`. That rewrites
// tests/reports/golden/ and fails once, so that nobody forgets to read the diff.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/durable.h"
#include "core/sha256.h"
#include "core/text.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// The templates with a style and a script of one line, so that goldens move only when pages do.
fs::path plain_templates(const Shelf& shelf) {
  const auto folder = shelf.path() / "templates";
  fs::copy(kTemplates, folder);
  for (const auto* name : {"style.css", "page.js", "forms.js"}) fs::remove(folder / name);
  write_bytes(folder / "forms.js", "");
  write_bytes(folder / "style.css", "body { margin: 0; }\n");
  write_bytes(folder / "page.js", "\"use strict\";\n");
  return folder;
}

void check_golden(const std::string& name, const std::string& text) {
  const auto file = fs::path(NLB_SOURCE_DIR) / "tests" / "reports" / "golden" / name;
  if (std::getenv("NLB_ACCEPT") != nullptr) {
    write_bytes(file, text);
    FAIL_CHECK(name + " is written anew: read its diff, then run the tests again without NLB_ACCEPT");
    return;
  }
  const auto golden = fs::exists(file) ? read_file(file) : std::string();
  const auto lines = split(text, '\n'), wanted = split(golden, '\n');
  for (size_t i = 0; i < std::max(lines.size(), wanted.size()); ++i) {
    const auto found = i < lines.size() ? lines[i] : "(end)", expected = i < wanted.size() ? wanted[i] : "(end)";
    if (found == expected) continue;
    FAIL_CHECK(name << ":" << i + 1 << ": found\n"
                    << found << "\nexpected\n"
                    << expected << "\n(if it is meant: NLB_ACCEPT=1 reports_tests \"[golden]\")");
    return;
  }
  CHECK((text == golden));
}

size_t unescaped(const std::string& text, char sign) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == sign) {
      ++count;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("pages are those of the golden files", "[reports][golden]") {
  Shelf shelf;
  shelf.fill("r");
  check_golden("table.md", shelf.markdown());
  const auto files = shelf.html({"r"}, plain_templates(shelf));
  check_golden("table.html", files.at("small.html"));
  const auto run = std::find_if(files.begin(), files.end(), [](const auto& file) {
    return file.first.starts_with("runs/") && file.second.find("--row ce") != std::string::npos;
  });
  REQUIRE(run != files.end());
  check_golden("run.html", run->second);
}

TEST_CASE("equal records give equal pages, in whatever folders and order", "[reports][pages]") {
  Shelf shelf;
  shelf.fill("r");
  shelf.add("two", "ce", "0.2", "a", made_result({500, 800, 780}));
  shelf.add("one", "gce", "0.4", "a", made_failure("the loss is NaN", 7));
  shelf.add("one", "gce", "0.2", "a", made_result({710, 940, 910}));
  shelf.add("two", "gce", "0.2", "b", made_result({700, 930, 914}));
  CHECK(shelf.markdown() == shelf.markdown());
  CHECK(shelf.markdown() == shelf.markdown({"two", "one"}));
  CHECK(shelf.markdown() == shelf.markdown({"r", "one"}));
  CHECK((shelf.html() == shelf.html({"two", "one"})));
  CHECK((shelf.html() == shelf.html({"one", "r", "two"})));
}

TEST_CASE("no text from a file becomes a tag or breaks a table", "[reports][pages]") {
  const std::string hostile = GENERATE(
      std::string("<script>alert(1)</script><img src=x onerror=alert(1)>"), std::string("\"' onload='x' \" &amp; <b>"),
      std::string("a|b \\| c \\\\| d"), std::string("`code` ``` **bold** [link](javascript:alert(1)) ![i](x)"),
      std::string("one\ntwo\r\n| three |\n---\n# four\n"), std::string("{{title}} {{{style}}} {{> head}} {{#rows}}"),
      std::string("]]> --> </style></td></table>"), "right to left \u202E txt \u2066 x", std::string(10'000, 'x'));
  CAPTURE(hostile.substr(0, 60));
  Shelf plain(saying("plain")), wild(saying(hostile));
  fill_saying(plain, "plain");
  fill_saying(wild, hostile);
  const auto expected = plain.html(), found = wild.html();
  REQUIRE(expected.size() == found.size());
  for (const auto* name : {"small.html", "index.html"}) {
    for (const char sign : {'<', '>', '"', '\''}) {
      CAPTURE(name, sign);
      CHECK(std::count(found.at(name).begin(), found.at(name).end(), sign) ==
            std::count(expected.at(name).begin(), expected.at(name).end(), sign));
    }
  }
  const auto text = wild.markdown(), plain_text = plain.markdown();
  CHECK(unescaped(text, '<') == unescaped(plain_text, '<'));
  for (const char sign : {'\n', '|', '`', '*', '#', '[', '!'}) {
    CAPTURE(sign);
    CHECK(unescaped(text, sign) == unescaped(plain_text, sign));
  }
}

TEST_CASE("a run whose curves are gone or changed keeps its numbers, and its page says so", "[reports][pages]") {
  Shelf shelf;
  shelf.fill("r");
  for (const auto& entry : fs::recursive_directory_iterator(shelf.path() / "r")) {
    if (entry.path().string().ends_with(".curves.json")) fs::remove(entry.path());
  }
  const auto files = shelf.html();
  CHECK_THAT(files.at("small.html"), Contains("91.20 ± 0.28 (2)"));
  size_t said = 0;
  for (const auto& [name, text] : files) {
    said += text.find("the curves of this record are missing") != std::string::npos;
    CHECK(text.find("Row: clean class") == std::string::npos);  // the noise matrix lay with the curves
  }
  CHECK(said == 3);
}

TEST_CASE("a determinism fault stands on the page", "[reports][pages]") {
  Shelf shelf;
  shelf.fill("r");
  auto other = made_result({500, 800, 781});
  other.state_chain = std::string(64, 'e');
  shelf.add("r", "ce", "0.2", "a", other);
  CHECK_THAT(shelf.markdown(), Contains("different chains"));
  CHECK_THAT(shelf.html().at("small.html"), Contains("different chains"));
}

TEST_CASE("the content-security policy names the digest of the style", "[reports][pages]") {
  Shelf shelf;
  const auto page = shelf.html().at("small.html");
  const auto begin = page.find("<style>") + 7;
  const auto style = page.substr(begin, page.find("</style>") - begin);
  CHECK(style == read_file(kTemplates / "style.css"));
  CHECK_THAT(page, Contains("style-src 'sha256-" + base64(sha256(style)) + "'"));
  CHECK(page.find(" style=") == std::string::npos);
  CHECK(page.find("http") == page.find("http-equiv"));
}

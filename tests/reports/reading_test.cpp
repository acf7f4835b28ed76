// What a page says of itself: the explanation in its own numbers, what the seeds draw, changes of the tolerance.
#include "reports/pages/reading.h"

#include <catch2/catch.hpp>

#include "reports/pages/sections.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

std::string reading_of(const std::string& page) {
  const auto begin = page.find("<section id=\"reading\">");
  return page.substr(begin, page.find("</section>", begin) - begin);
}

}  // namespace

TEST_CASE("the explanation uses a cell of the page", "[reports][reading]") {
  auto json = small_protocol();
  json["tolerance"]["columns"] = {{"0.4", 0.75}};
  Shelf shelf(json);
  shelf.fill("r");
  const auto text = reading_of(shelf.html().at("small.html"));
  // gce at 0.2: 91.4 and 91.0 against the printed 91.20, so the judged cell is explained.
  CHECK_THAT(text, Contains("<dt>91.20 ± 0.28 (2)</dt><dd>Mean over the 2 trained seeds") && Contains("GCE, 0.2</a>"));
  CHECK_THAT(text, Contains("<dt>91.20</dt>") && Contains("from −0.5 to +0.5"));
  CHECK_THAT(text, Contains("0.5 points; 0.75 at 0.4: r"));
  CHECK_THAT(text, Contains("consistent</span> <span class=\"here\">1 here</span>") && !Contains("match</span> <span"));
}

TEST_CASE("a page without two seeds anywhere explains the form alone", "[reports][reading]") {
  const Shelf shelf;
  const auto text = reading_of(shelf.html().at("small.html"));
  CHECK_THAT(text, Contains("<dt>mean ± s (n)</dt>") && Contains("#1–3: no row is surely better") &&
                       !Contains(" here</span>"));
}

TEST_CASE("the draws line says at which settings a draw is anew", "[reports][wording]") {
  const auto line = [](const char* id) {
    const auto protocol = read_protocol(std::filesystem::path(NLB_SOURCE_DIR) / "protocols" / id, facts());
    return draws_line(protocol, protocol.groups.front());
  };
  CHECK(line("mnist_lenet_sym.json") ==
        "Drawn anew with each seed: initial weights (at 0 % only; elsewhere the noise's own stream goes on with them, "
        "only biases are anew), order and augmentation; one draw for all: label noise.");
  CHECK(line("mnist_lenet_sym_fresh.json") ==
        "Drawn anew with each seed: initial weights, order and augmentation; one draw for all: label noise.");
}

TEST_CASE("a tolerance that was changed later says so on every page", "[reports][pages]") {
  auto json = small_protocol();
  json["tolerance"]["changes"] =
      Json::parse(R"([{"date": "2026-12-01", "was": "0.3 points", "reason": "resolution"}])");
  Shelf shelf(json);
  shelf.fill("r");
  const std::string expected = "tolerance changed on 2026-12-01, was 0.3 points: resolution";
  CHECK_THAT(shelf.html().at("small.html"), Contains(expected));
  CHECK_THAT(shelf.markdown(), Contains(expected));
}

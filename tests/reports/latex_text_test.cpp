// Text in LaTeX: by hand from what LaTeX, booktabs and the font encodings do. tests/reports/latex_test.py compiles it.
#include "reports/pages/latex_text.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/durable.h"
#include "shelf.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

TEST_CASE("text shows as it stands and is no command", "[reports][latex]") {
  CHECK(latex_escaped("[CE]-plus") == "{[}CE]-plus");    // behind \\ or \midrule a bracket would be an argument
  CHECK(latex_escaped("*CE (ours)") == "{*}CE (ours)");  // \\* is another command
  CHECK(latex_escaped("< > |") == "\\textless{} \\textgreater{} \\textbar{}");
  CHECK(latex_escaped("λ β ≤ τ") == "$\\lambda$ $\\beta$ $\\leq$ $\\tau$");
  CHECK(latex_escaped("50_% & #1 {x} $y$ ^~\\") ==
        "50\\_\\% \\& \\#1 \\{x\\} \\$y\\$ \\textasciicircum{}\\textasciitilde{}\\textbackslash{}");
  CHECK(latex_escaped("CE--plus, `q' ''") == "CE-{}-plus, \\textasciigrave{}q' '{}'");
  CHECK(latex_escaped("a\nb\x7F") == "a b ");
  CHECK(latex_escaped("Mu\u0308ller, Go\u0308del") == "Müller, Gödel");  // as a Mac names files
  CHECK(latex_escaped("Müller \u202E第一") == "Müller 第一");
}

TEST_CASE("what a document needs is named", "[reports][latex]") {
  CHECK(latex_needs(latex_escaped("GCE, q ≤ 0.7")).empty());
  CHECK(latex_needs("Müller") == "\\usepackage[T1]{fontenc}");
  CHECK_THAT(latex_needs("第一 第"),
             Contains("\\usepackage{fontspec} and xelatex or lualatex with a font that has 第 一,"));
}

TEST_CASE("tables for LaTeX", "[.child][tex]") {
  const char* folder = std::getenv("NLB_TEX");
  REQUIRE(folder != nullptr);
  int number = 0;
  for (const auto* text :
       {"plain", "[CE]-plus", "*CE (ours)", "λ β ≤ τ, Δ ± 2, α → ∞", "< > | ` ' \" -- {x} $y$ \\input{z} #1 _ ^ ~ % &",
        "Müller, Łukasiewicz, Go\u0308del „x“", "第一 方法"}) {
    Shelf shelf(saying(text));
    fill_saying(shelf, text);
    const auto records = shelf.read({"r"});
    write_bytes(std::filesystem::path(folder) / (std::to_string(number++) + ".tex"),
                render_latex({shelf.input(records)}).at("small.tex"));
  }
}

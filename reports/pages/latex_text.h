// reports/pages/latex_text.h -- text of a file or a message inside LaTeX: shows as it stands, is no command, and
// compiles with pdflatex where its fonts have the sign. The page's script copies with the same table.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace nlb {

/// One sign of text in UTF-8 -> how LaTeX is told it: special and star-like signs of its own (`\\` takes a following [
/// or
/// * for an argument), Greek, mathematics. Signs that only accompany our own words become "".
const std::map<std::string, std::string>& latex_signs();

std::string latex_escaped(const std::string& text);

/// What the preamble of a document with `text` (already escaped) must have beside booktabs: "" or T1, or xelatex with a
/// font, named with the first signs that pdflatex lacks.
std::string latex_needs(const std::string& text);

}  // namespace nlb

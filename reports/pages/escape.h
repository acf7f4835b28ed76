// reports/pages/escape.h -- text of a file or a message inside another format, as text and nothing else.
#pragma once

#include <string>

namespace nlb {

/// Inside a paragraph or a table cell of Markdown: no markup, bars, line ends or tags of its own.
std::string markdown_escaped(const std::string& text);
/// Inside XML text or an attribute; characters that XML 1.0 forbids become blanks.
std::string xml_escaped(const std::string& text);

}  // namespace nlb

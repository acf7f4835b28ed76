#include "reports/pages/escape.h"

namespace nlb {
namespace {

bool is_control(char c) { return c >= 0 && c < ' '; }

/// The entity of a character that opens or closes markup; "" for another one.
std::string entity(char c) {
  if (c == '<') return "&lt;";
  if (c == '>') return "&gt;";
  if (c == '&') return "&amp;";
  return {};
}

}  // namespace

std::string markdown_escaped(const std::string& text) {
  static const std::string marks = "\\`*_[]|~#!$";
  std::string out;
  for (const char c : text) {
    if (marks.find(c) != std::string::npos) {
      out += std::string("\\") + c;
    } else if (const auto named = entity(c); !named.empty()) {
      out += named;
    } else {
      out += is_control(c) ? ' ' : c;
    }
  }
  return out;
}

std::string xml_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"') {
      out += "&quot;";
    } else if (const auto named = entity(c); !named.empty()) {
      out += named;
    } else {
      out += is_control(c) && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return out;
}

}  // namespace nlb

#include "reports/pages/latex_text.h"

#include <cstdint>
#include <iterator>
#include <utility>

#include "core/letters.h"

namespace nlb {
namespace {

bool is_control(unsigned char c) { return c < ' ' || c == 0x7F; }

/// The sign of UTF-8 that begins at `at`: its bytes. A byte that begins none stands alone.
std::string sign_at(const std::string& text, size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  return text.substr(at, length);
}

uint32_t code_point(const std::string& sign) {
  const auto first = static_cast<unsigned char>(sign.front());
  uint32_t value = sign.size() == 1 ? first : first & (0xFFu >> (sign.size() + 1));
  for (size_t i = 1; i < sign.size(); ++i) value = value << 6 | (static_cast<unsigned char>(sign[i]) & 0x3Fu);
  return value;
}

/// Signs that are left as they are and that pdflatex sets with the font encoding T1: Western and Central European
/// letters, quotation marks, currencies.
bool is_in_t1(uint32_t code) {
  constexpr uint32_t kLacking[] = {0x126, 0x127, 0x138, 0x13F, 0x140, 0x149, 0x166, 0x167, 0x17F};
  for (const uint32_t lacking : kLacking) {
    if (code == lacking) return false;
  }
  const bool latin = code >= 0xA1 && code <= 0x17F;
  const bool quotes = (code >= 0x2018 && code <= 0x201E && code != 0x201B) || code == 0x2039 || code == 0x203A;
  return latin || quotes || code == 0x20AC || code == 0x2030 || code == 0x2122;
}

/// Two of these in a row are one sign of its own to LaTeX's fonts.
bool joins_its_like(const std::string& sign) { return sign == "-" || sign == "'" || sign == ","; }

constexpr std::pair<const char*, const char*> kSigns[] = {
    // clang-format off
    {"#", "\\#"},
    {"$", "\\$"},
    {"%", "\\%"},
    {"&", "\\&"},
    {"*", "{*}"},
    {"<", "\\textless{}"},
    {">", "\\textgreater{}"},
    {"[", "{[}"},
    {"\\", "\\textbackslash{}"},
    {"^", "\\textasciicircum{}"},
    {"_", "\\_"},
    {"`", "\\textasciigrave{}"},
    {"{", "\\{"},
    {"|", "\\textbar{}"},
    {"}", "\\}"},
    {"~", "\\textasciitilde{}"},
    {"\u00A0", "~"},
    {"¬", "$\\neg$"},
    {"\u00AD", ""},
    {"°", "$^{\\circ}$"},
    {"±", "$\\pm$"},
    {"²", "$^{2}$"},
    {"³", "$^{3}$"},
    {"µ", "$\\mu$"},
    {"·", "$\\cdot$"},
    {"¹", "$^{1}$"},
    {"×", "$\\times$"},
    {"÷", "$\\div$"},
    {"Α", "A"},
    {"Β", "B"},
    {"Γ", "$\\Gamma$"},
    {"Δ", "$\\Delta$"},
    {"Ε", "E"},
    {"Ζ", "Z"},
    {"Η", "H"},
    {"Θ", "$\\Theta$"},
    {"Ι", "I"},
    {"Κ", "K"},
    {"Λ", "$\\Lambda$"},
    {"Μ", "M"},
    {"Ν", "N"},
    {"Ξ", "$\\Xi$"},
    {"Ο", "O"},
    {"Π", "$\\Pi$"},
    {"Ρ", "P"},
    {"Σ", "$\\Sigma$"},
    {"Τ", "T"},
    {"Υ", "$\\Upsilon$"},
    {"Φ", "$\\Phi$"},
    {"Χ", "X"},
    {"Ψ", "$\\Psi$"},
    {"Ω", "$\\Omega$"},
    {"α", "$\\alpha$"},
    {"β", "$\\beta$"},
    {"γ", "$\\gamma$"},
    {"δ", "$\\delta$"},
    {"ε", "$\\varepsilon$"},
    {"ζ", "$\\zeta$"},
    {"η", "$\\eta$"},
    {"θ", "$\\theta$"},
    {"ι", "$\\iota$"},
    {"κ", "$\\kappa$"},
    {"λ", "$\\lambda$"},
    {"μ", "$\\mu$"},
    {"ν", "$\\nu$"},
    {"ξ", "$\\xi$"},
    {"ο", "o"},
    {"π", "$\\pi$"},
    {"ρ", "$\\rho$"},
    {"ς", "$\\varsigma$"},
    {"σ", "$\\sigma$"},
    {"τ", "$\\tau$"},
    {"υ", "$\\upsilon$"},
    {"φ", "$\\varphi$"},
    {"χ", "$\\chi$"},
    {"ψ", "$\\psi$"},
    {"ω", "$\\omega$"},
    {"ϑ", "$\\vartheta$"},
    {"ϕ", "$\\phi$"},
    {"ϵ", "$\\epsilon$"},
    {"\u2009", "\\,"},
    {"\u200B", ""},
    {"\u200C", ""},
    {"\u200D", ""},
    {"\u200E", ""},
    {"\u200F", ""},
    {"–", "--"},
    {"—", "---"},
    {"†", "\\dag{}"},
    {"‡", "\\ddag{}"},
    {"•", "$\\bullet$"},
    {"…", "\\ldots{}"},
    {"\u202A", ""},
    {"\u202B", ""},
    {"\u202C", ""},
    {"\u202D", ""},
    {"\u202E", ""},
    {"\u202F", "\\,"},
    {"′", "$'$"},
    {"\u2060", ""},
    {"\u2066", ""},
    {"\u2067", ""},
    {"\u2068", ""},
    {"\u2069", ""},
    {"⁰", "$^{0}$"},
    {"⁴", "$^{4}$"},
    {"⁵", "$^{5}$"},
    {"⁶", "$^{6}$"},
    {"⁷", "$^{7}$"},
    {"⁸", "$^{8}$"},
    {"⁹", "$^{9}$"},
    {"⁺", "$^{+}$"},
    {"⁻", "$^{-}$"},
    {"₀", "$_{0}$"},
    {"₁", "$_{1}$"},
    {"₂", "$_{2}$"},
    {"₃", "$_{3}$"},
    {"₄", "$_{4}$"},
    {"₅", "$_{5}$"},
    {"₆", "$_{6}$"},
    {"₇", "$_{7}$"},
    {"₈", "$_{8}$"},
    {"₉", "$_{9}$"},
    {"ℓ", "$\\ell$"},
    {"←", "$\\leftarrow$"},
    {"↑", "$\\uparrow$"},
    {"→", "$\\rightarrow$"},
    {"↓", "$\\downarrow$"},
    {"↔", "$\\leftrightarrow$"},
    {"↦", "$\\mapsto$"},
    {"⇐", "$\\Leftarrow$"},
    {"⇒", "$\\Rightarrow$"},
    {"∀", "$\\forall$"},
    {"∂", "$\\partial$"},
    {"∃", "$\\exists$"},
    {"∅", "$\\emptyset$"},
    {"∇", "$\\nabla$"},
    {"∈", "$\\in$"},
    {"∉", "$\\notin$"},
    {"∏", "$\\prod$"},
    {"∑", "$\\sum$"},
    {"−", "$-$"},
    {"∓", "$\\mp$"},
    {"∗", "$\\ast$"},
    {"√", "$\\surd$"},
    {"∝", "$\\propto$"},
    {"∞", "$\\infty$"},
    {"∥", "$\\parallel$"},
    {"∧", "$\\wedge$"},
    {"∨", "$\\vee$"},
    {"∩", "$\\cap$"},
    {"∪", "$\\cup$"},
    {"∫", "$\\int$"},
    {"∼", "$\\sim$"},
    {"≈", "$\\approx$"},
    {"≠", "$\\neq$"},
    {"≡", "$\\equiv$"},
    {"≤", "$\\leq$"},
    {"≥", "$\\geq$"},
    {"≪", "$\\ll$"},
    {"≫", "$\\gg$"},
    {"⊂", "$\\subset$"},
    {"⊆", "$\\subseteq$"},
    {"⊕", "$\\oplus$"},
    {"⊗", "$\\otimes$"},
    {"▲", "$\\uparrow$"},
    {"▼", "$\\downarrow$"},
    {"○", ""},
    {"◐", ""},
    {"★", "$\\star$"},
    {"⚡", ""},
    {"✓", ""},
    {"✗", ""},
    {"⟨", "$\\langle$"},
    {"⟩", "$\\rangle$"},
    {"\uFEFF", ""}
    // clang-format on
};

}  // namespace

const std::map<std::string, std::string>& latex_signs() {
  static const std::map<std::string, std::string> signs(std::begin(kSigns), std::end(kSigns));
  return signs;
}

std::string latex_escaped(const std::string& given) {
  const auto text = composed(given);  // names of files on a Mac have their marks apart, for which T1 has no sign
  std::string out, before;
  for (size_t at = 0; at < text.size(); at += before.size()) {
    const auto sign = sign_at(text, at);
    const auto found = latex_signs().find(sign);
    if (found != latex_signs().end()) {
      out += found->second;
    } else if (is_control(static_cast<unsigned char>(sign.front()))) {
      out += ' ';
    } else {
      out += (joins_its_like(sign) && sign == before ? "{}" : "") + sign;
    }
    before = sign;
  }
  return out;
}

std::string latex_needs(const std::string& text) {
  constexpr size_t kShown = 5;
  bool beyond_ascii = false;
  std::string lacking;
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    const auto sign = sign_at(text, at);
    const auto code = code_point(sign);
    at += sign.size();
    if (code < 0x80) continue;
    beyond_ascii = true;
    if (is_in_t1(code) || lacking.find(sign) != std::string::npos) continue;
    if (++count <= kShown) lacking += (lacking.empty() ? "" : " ") + sign;
  }
  if (count > 0)
    return "\\usepackage{fontspec} and xelatex or lualatex with a font that has " + lacking +
           (count > kShown ? " and others" : "") + ", such as \\setmainfont{Noto Serif CJK SC} for Chinese";
  return beyond_ascii ? "\\usepackage[T1]{fontenc}" : "";
}

}  // namespace nlb

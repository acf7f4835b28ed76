"""Writes core/decompositions.h and tests/core/letters.json from Python's unicodedata. Run it in the folder of this file."""

import json
import pathlib
import unicodedata

HERE = pathlib.Path(__file__).parent
LAST = 0x30FF  # kana; beyond lie Hangul, which is computed, and ideographs for compatibility
WORDS = ["café", "Äpfel", "naïve", "Ångström", "Việt Nam", "čeština", "Łódź", "ελληνικά", "Йогурт", "ёлка", "고양이", "강아지", "ガラス", "ぱん",
         "বাংলা", "क़लम", "שׁלום", "cat", "\u00a0x", "ﬁsh", "Ω"]


def table():
    entries = []
    for code in range(LAST + 1):
        parts = unicodedata.decomposition(chr(code)).split()
        if parts and not parts[0].startswith("<"):
            entries.append("{" + ", ".join("0x%X" % value for value in [code] + [int(part, 16) for part in parts]) + "}")
    return entries


def header(entries):
    lines = ["// core/decompositions.h -- canonical decompositions of single characters up to U+%04X, of Unicode %s: written by"
             % (LAST, unicodedata.unidata_version),
             "// tests/core/letters.py.", "#pragma once", "", "#include <cstdint>", "", "namespace nlb {", "",
             "struct Decomposition {", "  uint16_t code, first, second;  ///< second: 0 where one character stands for another", "};",
             "// clang-format off", "inline constexpr Decomposition kDecompositions[] = {"]
    line = ""
    for entry in entries:
        entry = entry if entry.count(",") == 2 else entry[:-1] + ", 0}"
        if len(line) + len(entry) > 118:
            lines.append(line.rstrip())
            line = ""
        line += entry + ", "
    return "\n".join(lines + [line.rstrip(), "};", "// clang-format on", "", "}  // namespace nlb"]) + "\n"


def main():
    (HERE.parent.parent / "core" / "decompositions.h").write_text(header(table()))
    cases = [{"text": word, "nfd": unicodedata.normalize("NFD", word)} for given in WORDS
             for word in (unicodedata.normalize("NFC", given), unicodedata.normalize("NFD", given))]
    (HERE / "letters.json").write_text(json.dumps({"unicode": unicodedata.unidata_version, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()

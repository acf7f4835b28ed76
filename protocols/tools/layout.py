#!/usr/bin/env python3
"""Lays a file of protocols/ out as people read it: what fits in 120 columns stands on one line.

    protocols/tools/layout.py FILE...            rewrites files
    protocols/tools/layout.py --check FILE...    names files that are laid out otherwise
"""

import json
import sys

WIDTH = 120


def on_one_line(value):
    return json.dumps(value, ensure_ascii=False)


def short(value):
    """Numbers and words; a sentence stands on a line of its own."""
    return not isinstance(value, (dict, list)) and len(on_one_line(value)) <= 30


def filled(texts, indent):
    """Side by side, as many as a line takes."""
    lines, line = [], ""
    for number, one in enumerate(texts):
        text = one + ("," if number + 1 < len(texts) else "")
        if line and len(indent) + len(line) + 1 + len(text) > WIDTH:
            lines.append(indent + line)
            line = text
        else:
            line = f"{line} {text}" if line else text
    return lines + [indent + line]


def laid_out(value, indent="", taken=0):
    """Text of `value`; `taken` columns of its first line stand before it, a comma may follow."""
    whole = on_one_line(value)
    if not isinstance(value, (dict, list)) or not value or len(indent) + taken + len(whole) + 1 <= WIDTH:
        return whole
    inner = indent + "  "
    if isinstance(value, list):
        if not any(isinstance(item, (dict, list)) for item in value):
            return "\n".join(["[", *filled([on_one_line(item) for item in value], inner), indent + "]"])
        parts = [inner + laid_out(item, inner) for item in value]
        return "[\n" + ",\n".join(parts) + "\n" + indent + "]"
    if all(short(item) for item in value.values()):
        pairs = [on_one_line(key) + ": " + on_one_line(item) for key, item in value.items()]
        return "\n".join(["{", *filled(pairs, inner), indent + "}"])
    parts = []
    for key, item in value.items():
        name = on_one_line(key) + ": "
        parts.append(inner + name + laid_out(item, inner, len(name)))
    return "{\n" + ",\n".join(parts) + "\n" + indent + "}"


def main():
    names = [name for name in sys.argv[1:] if name != "--check"]
    wrong = []
    for name in names:
        with open(name, encoding="utf-8") as file:
            text = file.read()
        better = laid_out(json.loads(text)) + "\n"
        if better == text:
            continue
        wrong.append(name)
        if "--check" not in sys.argv:
            with open(name, "w", encoding="utf-8") as file:
                file.write(better)
    if "--check" in sys.argv and wrong:
        sys.exit("laid out otherwise (protocols/tools/layout.py FILE mends it): " + ", ".join(wrong))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Fails on a source file of more than 400 lines and on a function of more than 60.

usage: python3 ci/lengths.py [ROOT]   (a checkout; default: this one)

Counted are C++ and CUDA (a function from its signature to its closing brace, by matching braces), Python (by its own parser), and the
lines of all other program text. What is written by a program is not counted (JSON, golden files, leaderboard/), nor is documentation. A
function may be longer where the line above it says NOLINTNEXTLINE(readability-function-size) and why.
"""
import ast
import pathlib
import re
import subprocess
import sys

MOST_LINES, MOST_BODY = 400, 60
EXEMPT = re.compile(r"NOLINTNEXTLINE\(readability-function-size\): \w")
BRACED, OTHERS = {".h", ".cpp", ".cu"}, {".py", ".sh", ".js", ".css", ".cmake", ".html"}
# What opens a brace and is not a function.
ROOM = re.compile(r"^\s*(inline\s+)?namespace\b|\b(class|struct|enum|union)\b[^()]*$|^\s*extern\s*\"C\"\s*$")


def without_words(text):
    """The text with comments, strings and characters blanked, line by line in place."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    pattern = r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*(?:.|\n)*?\*/|^[ \t]*#(?:\\\n|[^\n])*'
    return re.sub(pattern, blank, text, flags=re.MULTILINE)


def braced_functions(text):
    """(first line, lines) of each function that does not lie in another."""
    text = without_words(text)
    rooms, head_at = [], 0  # of each open brace: is it a namespace or a type?
    inside = None           # (depth, first line, head) of the function that is open
    line = 1
    parentheses = 0
    for at, sign in enumerate(text):
        if sign == "\n":
            line += 1
        elif sign in "()":
            parentheses += 1 if sign == "(" else -1
        elif sign == "{":
            head = text[head_at:at]
            room = inside is None and parentheses == 0 and bool(ROOM.search(head.strip()))
            if inside is None and not room and all(rooms) and parentheses == 0:
                lead = len(head) - len(head.lstrip())
                inside = (len(rooms), line - head[lead:].count("\n"), head)
            rooms.append(room)
            if room:
                head_at = at + 1
        elif sign == "}":
            rooms.pop()
            if inside and len(rooms) == inside[0]:
                if "(" in inside[2]:
                    yield inside[1], line - inside[1] + 1
                inside = None
            if inside is None:
                head_at = at + 1
        elif sign == ";" and inside is None and parentheses == 0:
            head_at = at + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def problems_of(name, text):
    lines = text.split("\n")
    if len(lines) - 1 > MOST_LINES:
        yield f"{name}: {len(lines) - 1} lines; a file has at most {MOST_LINES}"
    suffix = pathlib.PurePath(name).suffix
    functions = braced_functions(text) if suffix in BRACED else python_functions(text) if suffix == ".py" else ()
    for first, count in functions:
        if count > MOST_BODY and not EXEMPT.search(lines[first - 2]):
            yield f"{name}:{first}: {count} lines; a function has at most {MOST_BODY}: {lines[first - 1].strip()[:80]}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, text=True, check=True).stdout.split("\0")
    names = [name for name in listed if pathlib.PurePath(name).suffix in BRACED | OTHERS
             and not name.startswith("leaderboard/") and (root / name).is_file()]
    found = [problem for name in names for problem in problems_of(name, (root / name).read_text())]
    print("\n".join(found) if found else f"lengths: {len(names)} files of at most {MOST_LINES} lines, functions of at most {MOST_BODY}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs clang-tidy on every file of a compile database, remembering what passed.

A file is checked again only when its preprocessed text, its flags, .clang-tidy or clang-tidy itself changed.
usage: ci/tidy.py BUILD_DIR [--cache DIR] [--jobs N] [--tests] [--only FILE ...]
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def compile_arguments(entry):
    """The compiler call of a database entry, without launcher and output."""
    words = shlex.split(entry["command"])
    while pathlib.Path(words[0]).name in ("ccache", "gate"):
        words = words[1:]
    at = words.index("-o")
    return words[:at] + words[at + 2:]


def digest_of(entry, common):
    words = [word for word in compile_arguments(entry) if word != "-c"]
    text = subprocess.run(words + ["-E", "-P"], cwd=entry["directory"], capture_output=True, check=False)
    if text.returncode != 0:
        return None
    return hashlib.sha256(common + "\0".join(words).encode() + text.stdout).hexdigest()


def check(entry, cache, common):
    """Returns (file, passed, output, passed before)."""
    digest = digest_of(entry, common)
    mark = cache / digest if cache and digest else None
    if mark and mark.exists():
        return entry["file"], True, "", True
    words = ["clang-tidy", "--quiet", entry["file"], "--", *(w for w in compile_arguments(entry)[1:] if w not in ("-c", entry["file"]))]
    run = subprocess.run(words, cwd=entry["directory"], capture_output=True, text=True, check=False)
    if run.returncode == 0 and mark:
        mark.touch()
    return entry["file"], run.returncode == 0, run.stdout + ("" if run.returncode == 0 else run.stderr), False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--cache", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tests", action="store_true", help="the files of tests/ too")
    parser.add_argument("--only", nargs="+", default=[], help="only these files")
    options = parser.parse_args()
    if options.cache:
        options.cache.mkdir(parents=True, exist_ok=True)

    entries = json.loads((options.build / "compile_commands.json").read_text())
    generated = str(options.build.resolve())
    entries = [e for e in entries if e["file"].endswith(".cpp") and not e["file"].startswith(generated)]
    # A file compiled for several instruction sets is checked in its plain form, which comes first.
    entries = list({e["file"]: e for e in reversed(entries)}.values())[::-1]
    if not options.tests:
        entries = [e for e in entries if not e["file"].startswith(str(ROOT / "tests"))]
    if options.only:
        wanted = {str((ROOT / name).resolve()) for name in options.only}
        entries = [e for e in entries if e["file"] in wanted]

    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    failed, remembered = 0, 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for file, passed, output, known in pool.map(lambda e: check(e, options.cache, common), entries):
            remembered += known
            if not passed:
                failed += 1
                print(f"{pathlib.Path(file).relative_to(ROOT)}: clang-tidy fails\n{output}", flush=True)
    print(f"clang-tidy: {len(entries)} files, {remembered} unchanged since they passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

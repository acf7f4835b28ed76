#!/usr/bin/env python3
"""Keeps leaderboard/: takes records over from results folders, renders the pages and the tables of README.md and docs/.

    python3 ci/leaderboard.py                     # renders leaderboard/ from leaderboard/results and protocols/published
    python3 ci/leaderboard.py --from nlbench-results  # first packs the finished records of the leaderboard's protocols

Records are appended to the packs of leaderboard/results, never changed, and only those that a build without local changes made. The pages in leaderboard/ have no pages of
single runs, which are too many to commit, and name the command that makes them; of tables without a record Markdown alone is kept; build/leaderboard has all. The README's picture is a photograph of the page, taken where Debian's
chromium is installed (else the old one stays, said so). Set NLBENCH_DATA (or --data) to where the data sets are: a
page says of a cell that was not measured whether its data was there.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOARD = ROOT / "leaderboard"
README_TABLE = "mnist_lenet_sym"
PICTURE = BOARD / f"{README_TABLE}.png"
PICTURE_SIZE, PICTURE_SCALE, PICTURE_LIMIT = (1560, 1120), 0.75, 200 * 1024  # pixels of the page, of the picture to one, bytes
CHROMIUM = pathlib.Path("/usr/lib/chromium/chromium")  # the program itself: Debian's wrapper needs a home of its own


def nlbench(*arguments, folder=None):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NLBENCH_")}
    return subprocess.run([ROOT / "nlbench", *arguments], check=True, text=True, stdout=subprocess.PIPE, cwd=folder, env=environment).stdout


def board_protocols():
    """Protocol id -> names of seed entries whose records are kept though no cell shows them, a line each in protocols.txt."""
    lines = [line.split() for line in (BOARD / "protocols.txt").read_text().splitlines() if line.strip()]
    return {words[0]: words[1:] for words in lines}


def prints_values(protocol):
    """True for a table of which a group, a row or a value is a place of protocols/published; a twin in another precision is the same table."""
    groups = protocol.get("groups", [])
    rows = [row for group in groups if isinstance(group, dict) for row in group["rows"]]
    return protocol.get("kind") == "table" and (any(isinstance(one, str) for one in groups + rows) or any("published" in row for row in rows))


def published_tables(measured):
    """Ids of the tables that have no record here: their pages show what is printed until something of them is measured."""
    files = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "protocols").glob("*.json"))}
    return [name for name, protocol in files.items() if name not in measured and prints_values(protocol)]


def wanted_trials(protocols):
    wanted = set()
    for protocol, further_seeds in protocols.items():
        for seeds in ([], [word for seed in further_seeds for word in ("--seed", seed)]):
            listed = nlbench("list", "trials", "--protocol", protocol, "--format", "json", *seeds)
            wanted |= {use["trial"] for use in json.loads(listed)}
    return wanted


def take_over(folder, wanted):
    """Appends the wanted records to the packs of the leaderboard and gives back what `nlbench pack` says of it."""
    with tempfile.TemporaryDirectory() as chosen:
        for record_path in sorted(folder.glob("*/*.json")):
            if record_path.parent.name not in wanted or len(record_path.stem) != 64:  # curves, kept samples
                continue
            record = json.loads(record_path.read_text())
            if record["build"]["dirty"] or record["result"]["status"] != "ok":
                continue
            place = pathlib.Path(chosen) / record_path.parent.name
            place.mkdir(exist_ok=True)
            for path in (record_path, record_path.with_suffix(".curves.json")):
                shutil.copyfile(path, place / path.name)
        if not any(pathlib.Path(chosen).iterdir()):
            return "no finished record of the leaderboard's protocols"
        return nlbench("pack", chosen, "--out", BOARD / "results").strip()


def render(protocols, data, out, formats, *flags):
    """From a folder that looks like the clone, so that the commands on the pages are those of a reader in the clone."""
    chosen = [word for protocol in protocols for word in ("--protocol", protocol)]
    with tempfile.TemporaryDirectory() as clone:
        for name, target in (("leaderboard", BOARD), ("protocols", ROOT / "protocols"), ("data", data)):
            (pathlib.Path(clone) / name).symlink_to(target.resolve())
        nlbench("report", *chosen, "--results", "leaderboard/results", "--out", out, "--format", formats, *flags, folder=clone)


def render_board(measured, unmeasured, data):
    """Of tables without a record Markdown alone is kept, a tenth of the size of their HTML; the index leads there."""
    render([*measured, *unmeasured], data, BOARD, "html", "--no-run-views")
    render(measured, data, BOARD, "markdown,csv")
    render(unmeasured, data, BOARD, "markdown")
    index = BOARD / "index.html"
    text = index.read_text()
    for name in unmeasured:
        (BOARD / f"{name}.html").unlink()
        text = text.replace(f'href="{name}.html"', f'href="{name}.md"')
    index.write_text(text)


def update_tables():
    """What README.md and docs/ say of the measured tables comes from the pages just rendered."""
    subprocess.run([sys.executable, "-B", ROOT / "docs" / "tables.py"], check=True)


def take_picture():
    """Photographs the top of the README's page; the text is drawn with this machine's fonts, so the bytes may differ elsewhere."""
    if not CHROMIUM.exists():
        print(f"{PICTURE.name} stays as it is: no chromium here (apt install chromium)")
        return
    with tempfile.TemporaryDirectory() as home:
        shot = pathlib.Path(home) / "shot.png"
        command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={home}/profile",
                   "--virtual-time-budget=2000", f"--force-device-scale-factor={PICTURE_SCALE}",
                   f"--window-size={PICTURE_SIZE[0]},{PICTURE_SIZE[1]}", f"--screenshot={shot}",
                   (BOARD / f"{README_TABLE}.html").as_uri()]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        size = shot.stat().st_size
        if size > PICTURE_LIMIT:
            raise SystemExit(f"the picture has {size} bytes, more than {PICTURE_LIMIT}: make PICTURE_SIZE smaller")
        shutil.copyfile(shot, PICTURE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="folders", action="append", type=pathlib.Path, default=[], metavar="RESULTS")
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, default=pathlib.Path(os.environ.get("NLBENCH_DATA", ROOT / "data")))
    options = parser.parse_args()
    protocols = board_protocols()
    wanted = wanted_trials(protocols)
    for folder in options.folders:
        print(f"{folder}: {take_over(folder, wanted)}")
    unmeasured = published_tables(protocols)
    render_board(protocols, unmeasured, options.data)
    render([*protocols, *unmeasured], options.data, ROOT / "build" / "leaderboard", "html,markdown,csv")
    update_tables()
    take_picture()
    print(f"pages: {BOARD / 'index.html'}; with pages of single runs: {ROOT / 'build' / 'leaderboard' / 'index.html'}")


if __name__ == "__main__":
    main()

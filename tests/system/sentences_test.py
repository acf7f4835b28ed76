"""What a newcomer can do wrong: each case has its exit code and a sentence that says what to do."""

import copy
import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import unittest

from workplace import PROGRAM, SOURCE, Workplace, namespace, small_protocol

LABELS = "t10k-labels-idx1-ubyte"
LABELS_BYTES = 10008


def changed(place, name, change):
    """A copy of the small protocol with one fault; returns its path relative to the workplace."""
    protocol = small_protocol(name, 2, rows=["ce", "gce"])
    change(protocol)
    path = place.folder / f"{name}.json"
    path.write_text(json.dumps(protocol))
    return path.name


def remove(mapping, key):
    del mapping[key]


class Sentences(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(self)
        self.place.write_protocol("small", 2, rows=["ce", "gce"], settings=["inclusive/0.4"])
        levels = small_protocol("levels", 2, rows=["ce"], settings=["inclusive/0.4"])
        group = levels["groups"][0]
        group["settings"][0]["name"] = group["columns"][0]["id"] = group["columns"][0]["setting"] = "0.4"
        more = copy.deepcopy(group)
        more["id"] = "more"
        more["settings"][0]["name"] = more["columns"][0]["id"] = more["columns"][0]["setting"] = "0.6"
        more["settings"][0]["noise"]["rate"] = 0.6
        levels["groups"].append(more)
        (self.place.folder / "protocols/levels.json").write_text(json.dumps(levels))

    def expect(self, code, says, *words, **environment):
        with self.subTest(" ".join(map(str, words))):
            found, out, err = self.place.run(*words, **environment)
            self.assertEqual(found, code, out + err)
            for part in [says] if isinstance(says, str) else says:
                self.assertIn(part, err if code else out)

    def test_words_of_the_command_line(self):
        run = ("run", "small", "--dry-run")
        levels = ("run", "levels", "--dry-run")
        for code, says, words in (
            (2, ['no protocol "smal"', '"small"'], ("run", "smal")),
            (2, ['no row "cee"', '"ce"'], (*run, "--row", "cee")),
            (2, ['no method "gc"', '"gce"', "nlbench list methods"], (*run, "--method", "gc")),
            (2, ['no seed entry "9"', "1"], (*run, "--seed", "9")),
            (2, ['no noise level "0.3"', "0.4"], (*levels, "--noise", "0.3")),
            (2, ["0.4"], (*levels, "--noise", "40")),
            (0, "levels/main ce 0.4", (*levels, "--noise", "0.4")),
            (0, "levels/main ce 0.4", (*levels, "--noise", "40%")),
            (4, ["group more has noise 0.6", "--group more"], (*levels, "--noise", "0.6")),
            (4, ["group more has noise 60%", "--group more"], (*levels, "--noise", "60%")),
            (0, "levels/more ce 0.6", (*levels, "--noise", "60%", "--group", "more")),
            (4, "nothing to run", (*run, "--row", "ce", "--method", "gce")),
            (4, "no trial is left in this shard", (*run, "--shard", "3/3")),
        ):
            self.expect(code, says, *words)

    def test_protocol_files(self):
        place, cases = self.place, [
            ("wrong_type", lambda p: p["recipes"]["sgd"].update(epochs="two"), ["/recipes/sgd/epochs", "two"]),
            ("unknown_key", lambda p: p["recipes"]["sgd"].update(lr_drop=3),
             ["/recipes/sgd/lr_drop: unknown key; allowed here:", "optimiser"]),
            ("high_rate", lambda p: p["groups"][0]["settings"][0]["noise"].update(rate=1.4),
             ["/groups/0/settings/0/noise/rate: 1.4 is outside [0, 1)"]),
            ("no_source", lambda p: remove(p["groups"][0]["rows"][1], "source"), ["/groups/0/rows/1", "source"]),
        ]
        for name, change, says in cases:
            file = changed(place, name, change)
            for verb in ("validate", "run"):
                self.expect(2, [file, *says], verb, file)
        (place.folder / "malformed.json").write_text('{"schema": 1,\n "id": "malformed",,}')
        self.expect(2, ["malformed.json:2:20: not JSON"], "run", "malformed.json")
        (place.folder / "other").mkdir()
        (place.folder / "other/small.json").write_text(json.dumps(small_protocol("small", 3, rows=["ce"])))
        self.expect(2, ["small", "protocols/small.json", "other/small.json"], "run", "small", "--protocols", "other")

    def test_data(self):
        place = self.place
        digits = small_protocol("digits", 2, rows=["ce"], settings=["inclusive/0.4"])
        digits["recipes"]["sgd"]["normalisation"] = {"mean": [0.5], "std": [0.25]}
        digits["groups"][0]["data"]["dataset"] = "mnist"
        (place.folder / "protocols/digits.json").write_text(json.dumps(digits))
        run = ("run", "digits")
        self.expect(4, [LABELS, "not there", "SHA-256", "--data"], *run)
        labels = place.folder / "data/mnist" / LABELS
        labels.parent.mkdir(parents=True)
        labels.write_bytes(bytes(100))
        self.expect(2, [LABELS, f"100 bytes, expected {LABELS_BYTES}"], *run)
        shared = pathlib.Path(os.environ.get("NLB_SHARED", SOURCE / "../shared")) / "data/mnist" / (LABELS + ".gz")
        content = bytearray(gzip.decompress(shared.read_bytes()) if shared.exists() else bytes(LABELS_BYTES))
        content[5000] ^= 1
        labels.write_bytes(content)
        self.expect(2, [LABELS, "SHA-256 " + hashlib.sha256(content).hexdigest() + ", expected"], *run)

    def test_results_that_cannot_be_written(self):
        place = self.place
        (place.folder / "file").write_text("")
        for folder in ("file", "file/results"):
            self.expect(5, ["cannot write to the results folder " + folder, "--results"], "run", "small", "--results", folder)
        (place.folder / "disk").mkdir()
        script = 'mount -t tmpfs -o ro none disk || exit 99; exec "$@"'
        command = namespace("sh", "-c", script, "sh", PROGRAM, "run", "small", "--results", "disk")
        code, _, err = place.finish(subprocess.Popen(command, **place.streams()))
        self.assertEqual(code, 5, err)
        self.assertIn("cannot write to the results folder disk", err)

    def test_no_gpu(self):
        if pathlib.Path("/dev/nvidia0").exists():
            self.skipTest("skipped: this machine has a GPU")
        self.expect(5, ["cuda", "--device cpu"], "run", "small", "--device", "cuda")

    def test_records_of_a_newer_schema_are_refused_by_name(self):
        place = self.place
        self.assertEqual(place.run("run", "small", "--row", "ce")[0], 0)
        path, record = next(iter(place.records().items()))
        record["schema"] = 99
        text = json.dumps(record)
        newer = path.with_name(hashlib.sha256(text.encode()).hexdigest() + ".json")
        newer.write_text(text)
        for words in (["run", "small"], ["status", "small"], ["report", "small", "--out", "pages"]):
            self.expect(2, [newer.name + ": /schema: 99 is newer than this program reads", "update nlbench"], *words)


if __name__ == "__main__":
    unittest.main(verbosity=2)

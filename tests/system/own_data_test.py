"""The walks of docs/choose_a_method.md and docs/own_method.md: their commands, in their order, on pictures drawn here."""

import csv
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import unittest
import zlib

from workplace import BINARY, SOURCE, Workplace

CLASSES = ["cat", "dog", "emu"]
TRAIN, TEST, CHECKED = 90, 30, 45
COLOURS = {"cat": (200, 60, 40), "dog": (40, 180, 60), "emu": (60, 80, 210)}


def png(draw, kind):
    """A picture of 40x36 pixels in the colour of its class, with noise of its own."""
    rows = b""
    for _ in range(36):
        rows += b"\0" + bytes(max(0, min(255, level + draw.randint(-60, 60))) for _ in range(40) for level in COLOURS[kind])

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 40, 36, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write_photos(folder):
    """Every third training label is wrong; half of the training labels were checked by hand. Returns clean labels by path."""
    draw, clean = random.Random(5), {}
    with open(folder / "labels.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "clean_label", "split"])
        for i in range(TRAIN + TEST):
            kind = CLASSES[i % 3]
            wrong = i < TRAIN and i // 3 % 3 == 0  # as many of each class
            path = f"{kind}s/{i:04}.png"
            clean[path] = kind
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(png(draw, kind))
            label = CLASSES[(i + 1) % 3] if wrong else kind
            table.writerow([path, label, kind if i < CHECKED or i >= TRAIN else "", "test" if i >= TRAIN else ""])
    return clean


def rewrite(file, change):
    """Each row of a CSV as `change`, given its number and the row as a dictionary, leaves it."""
    with open(file, newline="") as stream:
        rows = list(csv.DictReader(stream))
    for number, row in enumerate(rows):
        change(number, row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with open(file, "w", newline="") as stream:
        table = csv.DictWriter(stream, names, restval="")
        table.writeheader()
        table.writerows(rows)


def commands_of(page):
    """The lines of every bash block."""
    text = (SOURCE / "docs" / page).read_text()
    return [line for block in re.findall(r"```bash\n(.*?)```", text, re.S) for line in block.splitlines()]


def python_with_torch():
    """The first Python that can import torch: this one, with the LibTorch the worker was built with, too."""
    root = re.search(r"NLB_TORCH_ROOT:PATH=(.*)", (BINARY / "CMakeCache.txt").read_text())
    folders = [None] + ([str(pathlib.Path(root.group(1)).parent)] if root and root.group(1) else [])
    for folder in folders:
        environment = {**os.environ, **({"PYTHONPATH": folder} if folder else {})}
        if subprocess.run([sys.executable, "-W", "ignore", "-c", "import torch"], env=environment, capture_output=True).returncode == 0:
            return environment.get("PYTHONPATH", "")
    return None


def write_npy(path, values):
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({len(values)},), }}".ljust(117) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}q", *values))


class OwnData(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(self)
        self.folder = self.place.folder
        (self.folder / "photos").mkdir()
        self.clean = write_photos(self.folder / "photos")
        (self.folder / "protocols").rmdir()  # a user has none; ids are found where the program came from
        (self.folder / "examples").symlink_to(SOURCE / "examples")

    def shell(self, command, **environment):
        path = f"{BINARY / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(["bash", "-ec", command], **self.place.streams(PATH=path, **environment))
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def walk(self, page, before=None, **environment):
        """Runs the commands of a page; `before`: what a user does before one of them."""
        commands = commands_of(page)
        self.assertGreater(len(commands), 3)
        said = {}
        for command in commands:
            (before or {}).get(command, lambda: None)()
            said[command] = self.shell(command, **environment)
        return said

    def answer(self, count):
        """The first suspects are looked at: docs/choose_a_method.md, part 5."""
        with open(self.folder / "suspects.csv", newline="") as file:
            suspects = [row["file"] for row in csv.DictReader(file)][:count]
        (self.folder / "photos/labels_2.csv").write_bytes((self.folder / "photos/labels.csv").read_bytes())

        def put(_, row):
            row["picked"] = ""
            if row["path"] in suspects and not row["clean_label"]:
                row.update(clean_label=self.clean[row["path"]], picked="suspect")
        rewrite(self.folder / "photos/labels_2.csv", put)

    def test_choose_a_method(self):
        said = self.walk("choose_a_method.md", {"nlbench validate photos/labels_2.csv": lambda: self.answer(40)})
        inspected = said["nlbench labels inspect photos/labels.csv"]
        # 15 of 45: scipy.stats.binomtest(15, 45).proportion_ci(0.95, "exact") = 0.2000, 0.4895
        self.assertIn("15 of 45 checked labels are wrong: 33.3 %, 95 % interval 20.0–49.0 %", inspected)
        self.assertIn("concentration 1.00", inspected)
        self.assertRegex(inspected, r"protocols nearest in rate and kind of noise:\n  \w+")
        page = (self.folder / "pages/photos.html").read_text()
        for row in ("CE", "GCE", "ELR"):
            self.assertIn(row, page)
        with open(self.folder / "suspects.csv", newline="") as file:
            suspects = list(csv.DictReader(file))
        self.assertEqual(len(suspects), TRAIN)
        wrong = [row for row in suspects if row["given_class"] != self.clean[row["file"]]]
        self.assertEqual(len(wrong), TRAIN // 3)
        first = suspects[:TRAIN // 3]
        found = sum(row["given_class"] != self.clean[row["file"]] for row in first)
        self.assertGreater(found, TRAIN // 3 // 2, "the list is no better than chance would be at a third")
        known = [row for row in suspects if row["clean_class"]]
        self.assertEqual(len(known), CHECKED)
        self.check_corrections(said)

    def check_corrections(self, said):
        """Suspects correct labels, leave the estimate as it was, and the page compares before and after by seed."""
        with open(self.folder / "photos/labels_2.csv", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["split"] != "test"]
        suspects = [row for row in rows if row["picked"]]
        found = sum(row["label"] != row["clean_label"] for row in suspects)
        corrected = sum(row["label"] != row["clean_label"] for row in rows if row["clean_label"])
        self.assertGreater(found, 0)
        validated = said["nlbench validate photos/labels_2.csv"]
        self.assertIn("15 of 45 checked labels are wrong: 33.3 %", validated)
        self.assertIn(f"{len(suspects)} labels were checked because they looked wrong: {found} are", validated)
        left = 100 * (15 / 45 - corrected / TRAIN)
        self.assertIn(f"all {corrected} known wrong labels corrected, about {left:.1f} % of the 90 training labels stay wrong", validated)
        protocol = json.loads((self.folder / "photos_2.json").read_text())
        self.assertEqual([setting["name"] for setting in protocol["groups"][0]["settings"]], ["own", "own_corrected"])
        self.assertIn("12 trials done", said["nlbench run photos_2.json --row ce,elr"])
        page = (self.folder / "pages/photos_2.html").read_text()
        self.assertIn("Before and after the labels were corrected", page)
        self.shell("nlbench labels export photos_2.json --noise own_corrected --seed 1 --out given")
        data = (self.folder / "given/labels.npy").read_bytes()
        given = struct.unpack(f"<{TRAIN}q", data[-8 * TRAIN:])
        self.assertEqual([CLASSES[label] for label in given], [row["clean_label"] or row["label"] for row in rows])

    def test_methods_with_trusted_labels_run_too(self):
        self.shell("nlbench new protocol photos --from quickstart --dataset photos --labels photos/labels.csv")
        said = self.shell("nlbench run photos.json --group trusted --row glc --seed 1")
        self.assertIn("1 trial done", said)

    def test_a_csv_as_pandas_writes_it(self):
        """pandas.DataFrame.to_csv: an index without a name, and decimals where a column of whole numbers has gaps."""
        def change(number, row):
            row.update({"": number, "label": CLASSES.index(row["label"])})
            row["clean_label"] = f"{CLASSES.index(row['clean_label'])}.0" if row["clean_label"] else ""
        rewrite(self.folder / "photos/labels.csv", change)
        said = self.shell("nlbench validate photos/labels.csv")
        self.assertIn("15 of 45 checked labels are wrong: 33.3 %", said)
        self.assertIn('note: words of one value are one class: "0" = "0.0", "1" = "1.0", "2" = "2.0"', said)
        self.assertIn("note: columns that are not read: one without a name", said)
        self.shell("nlbench new protocol photos --from quickstart --dataset photos --labels photos/labels.csv")
        protocol = json.loads((self.folder / "photos.json").read_text())
        self.assertEqual(protocol["datasets"]["photos"]["class_names"], ["0", "1", "2"])
        rewrite(self.folder / "photos/labels.csv", lambda _, row: row.update(clean_label=row["clean_label"] or "nan"))
        code, _, err = self.place.run("validate", "photos/labels.csv")
        self.assertEqual(code, 2)
        self.assertIn('photos/labels.csv:47: clean_label "nan"', err)
        self.assertIn("leave the field empty where nobody looked", err)

    def test_rows_that_would_fail_are_left_out(self):
        """Every row is checked, so nothing is left for GLC to learn from; no training label is an emu."""
        def change(_, row):
            row["clean_label"] = self.clean[row["path"]]
            if row["split"] != "test" and row["label"] == "emu":
                row["label"] = "cat"
        rewrite(self.folder / "photos/labels.csv", change)
        said = self.shell("nlbench new protocol photos --from quickstart --dataset photos --labels photos/labels.csv")
        self.assertIn("note: row glc of group trusted is left out, for it would fail: data.samples - data.trusted is 0; allowed: at least recipe.least_batch", said)
        self.assertRegex(said, "note: row rog of group main is left out, for it would fail: .*data.rarest_class.*; rarest: emu [(]0[)]")
        self.assertIn("no training image has this label, so nothing can learn it (test images): emu (10)", said)
        protocol = json.loads((self.folder / "photos.json").read_text())
        self.assertEqual([row["id"] for row in protocol["groups"][1]["rows"]], ["trusted_only"])
        rog = {**protocol["groups"][0]["rows"][0], "id": "rog", "title": "RoG", "method": "rog"}
        shipped = json.loads((SOURCE / "protocols/quickstart.json").read_text())
        rog["options"] = next(row for row in shipped["groups"][0]["rows"] if row["id"] == "rog")["options"]
        protocol["groups"][0]["rows"].append(rog)
        (self.folder / "photos.json").write_text(json.dumps(protocol))
        for verb in ("validate", "plan"):
            said = self.shell(f"nlbench {verb} photos.json")
            self.assertRegex(said, "note: row rog of group main of photos will fail or mean nothing: .*data.rarest_class.*; rarest: emu [(]0[)]")
            self.assertIn("note: data set photos: no training image has this label", said)
            self.assertIn("rare in the test split: cat (10), dog (10), emu (10)", said)

    def test_what_lacks_is_said_at_once(self):
        (self.folder / "photos/cats/0000.png").write_bytes(b"GIF89a")
        (self.folder / "photos/dogs/0001.png").unlink()
        code, _, err = self.place.run("validate", "photos/labels.csv")
        self.assertEqual(code, 2)
        self.assertIn("photos/labels.csv:2: photos/cats/0000.png: not PNG, JPEG or WebP", err)
        self.assertIn("photos/labels.csv:3: photos/dogs/0001.png: no such file", err)
        lines = (self.folder / "photos/labels.csv").read_text().splitlines()
        (self.folder / "photos/labels.csv").write_text("\n".join(line.replace(",test", ",train") for line in lines))
        code, _, err = self.place.run("new", "protocol", "photos", "--from", "quickstart", "--dataset", "photos", "--labels", "photos/labels.csv")
        self.assertEqual(code, 2)
        self.assertIn("±4.4 points, 2,000 to within ±2.2", err)
        self.assertFalse((self.folder / "photos.json").exists())
        self.assertFalse((self.folder / "data").exists())

    def test_own_method(self):
        torch = python_with_torch()
        if torch is None:
            self.skipTest("no Python that imports torch")
        self.shell("nlbench new protocol photos --from quickstart --dataset photos --labels photos/labels.csv")
        self.shell("nlbench run photos.json --row ce --seed 1")
        said = self.walk("own_method.md", PYTHONPATH=torch)
        imported = said["nlbench import predictions mine/1 --protocol photos.json"]
        accuracy = re.search(r"last (\d+\.\d\d) %", imported)
        self.assertGreater(float(accuracy.group(1)), 50, imported)  # three colours: chance is a third
        markdown = (self.folder / "pages/photos.md").read_text()
        row = next(line for line in markdown.splitlines() if "soft bootstrapping, my own" in line)
        self.assertIn("predictions scored here, training not verified", row)
        words = row.replace("\\", "")
        self.assertIn("network cnn_small", words)  # that of the protocol, as the manifest names it
        self.assertNotIn("usual here", words)
        self.assertIn(accuracy.group(1), row)
        self.assertIn("soft bootstrapping, my own", (self.folder / "pages/photos.html").read_text())
        said = self.shell("nlbench labels export photos.json --noise own --seed 2 --out mine/2 2>&1")
        self.assertIn("nlbench import predictions mine/2 --protocol photos.json", said)
        (self.folder / "mine/2/predictions.npy").write_bytes((self.folder / "mine/1/predictions.npy").read_bytes())
        filled = json.loads((self.folder / "mine/1/manifest.json").read_text())
        other = json.loads((self.folder / "mine/2/manifest.json").read_text())
        for field in ("method", "link", "network", "epochs", "extra_data"):
            other[field] = filled[field]
        (self.folder / "mine/2/manifest.json").write_text(json.dumps(other))
        said = self.shell("nlbench import predictions mine/2 --protocol photos.json 2>&1")
        self.assertIn("seed 2 has the very predictions of seed 1", said)
        manifest = self.folder / "mine/1/manifest.json"
        manifest.write_text(manifest.read_text().replace('"seed": "1"', '"seed": "2"'))
        code, _, err = self.place.run("import", "predictions", "mine/1", "--protocol", "photos.json")
        self.assertEqual(code, 2)
        self.assertIn("/conditions/seeds/noise: 1 in the manifest, 2 in the protocol", err)

    def test_the_example_runs_on_cifar_with_the_network_and_recipe_of_the_manifest(self):
        torch = python_with_torch()
        if torch is None:
            self.skipTest("skipped: no Python here can import torch")
        recipe = {"epochs": 2, "batch_size": 16, "optimiser": {"id": "sgd", "learning_rate": 0.02, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": False},
                  "schedule": {"id": "multi_step", "milestones": [1], "factor": 0.1}, "augmentation": {"pad_crop": 4, "flip": True},
                  "normalisation": {"mean": [0.49, 0.48, 0.45], "std": [0.2, 0.2, 0.2]}}
        for number, (dataset, form, net, name) in enumerate((
                ("cifar10", "binary", {"id": "cnn_small"}, "cnn_small"), ("cifar10", "python", {"id": "preact_resnet18"}, "preact_resnet18"),
                ("cifar100", "binary", {"id": "mlp", "options": {"hidden": [8]}}, "mlp"), ("cifar100", "python", {"id": "resnet34"}, "two convolutions"))):
            with self.subTest(f"{dataset} {form}"):
                data, mine = self.folder / f"{dataset}_{form}", self.folder / f"mine{number}"
                self.assertEqual(self.place.run("data", "make-fixture", dataset, "--form", form, "--out", data, "--per-class", "5")[0], 0)
                classes = int(dataset[5:])
                train, test = 5 * classes, 2 * classes  # of a miniature
                mine.mkdir()
                for file, values in (("labels", [i % classes for i in range(train)]), ("train_index", range(0, train, 2)), ("test_index", range(test))):
                    write_npy(mine / f"{file}.npy", values)
                (mine / "manifest.json").write_text(json.dumps({"seed": "1", "classes": ["c"] * classes, "usual": {"net": net, "recipe": recipe}}))
                self.shell(f"python3 -W ignore examples/score_my_method.py {mine} {data}", PYTHONPATH=torch, OMP_NUM_THREADS="1")
                manifest = json.loads((mine / "manifest.json").read_text())
                self.assertEqual((manifest["network"], manifest["epochs"], manifest["extra_data"]), (name, 2, "none"))
                self.assertIn(f"'shape': (2, {test})".encode(), (mine / "predictions.npy").read_bytes()[:128])

    def test_the_example_has_the_networks_it_names_and_reads_both_forms_alike(self):
        """Parameters as nets/*.json state them; pixels of the two forms of one miniature are the same."""
        torch = python_with_torch()
        if torch is None:
            self.skipTest("skipped: no Python here can import torch")
        for form in ("binary", "python"):
            self.assertEqual(self.place.run("data", "make-fixture", "cifar10", "--form", form, "--out", self.folder / form, "--per-class", "5")[0], 0)
        said = self.shell("""python3 -W ignore -B -c '
import pathlib, sys, torch
sys.path.insert(0, "examples")
from score_my_method import images, make_net
for name in ("preact_resnet18", "cnn_small"):
    net, _ = make_net({"id": name}, 3, 10)
    net(torch.zeros(2, 3, 32, 32))
    print(name, sum(parameter.numel() for parameter in net.parameters()))
for training in (True, False):
    binary, python = (images(pathlib.Path(form), training) for form in ("binary", "python"))
    print(binary.shape == python.shape and bool((binary == python).all()), binary.float().std().item() > 1)'""", PYTHONPATH=torch)
        facts = {name: json.loads((SOURCE / f"nets/{name}.json").read_text())["parameters"] for name in ("preact_resnet18", "cnn_small")}
        self.assertEqual(said.splitlines(), [f"{name} {count}" for name, count in facts.items()] + ["True True"] * 2)


if __name__ == "__main__":
    unittest.main()

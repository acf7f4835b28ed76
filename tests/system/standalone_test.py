"""nlbench needs no LibTorch: neither in its dynamic section nor, for every verb that trains nothing, on the machine."""

import pathlib
import re
import shutil
import subprocess
import time
import unittest

from workplace import PROGRAM, SOURCE, WORKER, Workplace, namespace

VERBS = [
    ["list", "protocols"], ["list", "methods"], ["list", "datasets"], ["list", "nets"], ["list", "generators"],
    ["list", "trials", "--protocol", "mini"], ["describe", "mini"], ["describe", "mini", "--row", "ce"], ["describe", "elr"], ["validate", "mini"], ["plan", "mini"],
    ["status", "mini"], ["report", "--protocol", "mini", "--out", "pages", "--format", "html,markdown"],
    ["data", "list"], ["version"], ["--help"], ["run", "--help"], ["verify", "--help"],
]


def torch_folder():
    """Where the worker finds LibTorch on this machine."""
    text = subprocess.run(["ldd", WORKER], capture_output=True, text=True, check=True).stdout
    return pathlib.Path(re.search(r"libtorch_cpu\.so => (\S+)", text)[1]).parent.parent


class Standalone(unittest.TestCase):
    def test_the_dynamic_section_names_no_libtorch(self):
        for program, expected in ((PROGRAM, False), (WORKER, True)):
            text = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
            needed = re.findall(r"\(NEEDED\).*\[(.*)\]", text)
            self.assertTrue(needed)
            self.assertEqual(any("torch" in name or "c10" in name for name in needed), expected, needed)

    def test_every_verb_but_run_and_verify_works_where_libtorch_is_missing(self):
        place = Workplace(self)
        place.environment["NLBENCH_PROTOCOLS"] = str(SOURCE / "protocols")
        empty = place.folder / "empty"
        empty.mkdir()
        hide = namespace("sh", "-c", 'mount --bind "$1" "$2"; shift 2; exec "$@"', "sh", empty, torch_folder())
        one = ["--row", "ce", "--noise", "pair/0.45", "--seed", "1"]
        self.assertEqual(place.run("run", "mini", *one)[0], 0)
        for words in VERBS:
            with self.subTest(words):
                code, _, err = place.finish(subprocess.Popen([*hide, PROGRAM, *words], **place.streams()))
                self.assertEqual(code, 0, err)
        code, out, _ = place.finish(subprocess.Popen([*hide, PROGRAM, "doctor"], **place.streams()))
        self.assertEqual(code, 5)
        self.assertIn("LibTorch is not where this build found it", out)
        code, _, err = place.finish(subprocess.Popen([*hide, PROGRAM, "run", "mini"], **place.streams()))
        self.assertEqual(code, 5, err)
        self.assertIn("LibTorch is not where this build found it: run ci/quickstart.sh", err)

    def test_a_moved_tree_finds_torch_and_cuda_beside_it(self):
        """bin/ and lib/torch as `cmake --install` has them; LibTorch is where it was no more, and no variable names it."""
        place = Workplace(self)
        packages = torch_folder().resolve().parent
        for name in ("tree/bin", "tree/lib", "moved", "empty"):
            (place.folder / name).mkdir(parents=True)
        (place.folder / "tree/lib/torch").symlink_to(place.folder / "moved/torch")
        program = shutil.copy(WORKER, place.folder / "tree/bin")
        # Without the loader's cache, in which a CUDA toolkit of this machine may stand.
        loader = next(pathlib.Path("/lib64").glob("ld-linux-*.so.*"))
        script = 'mount --bind "$1" "$2" && mount --bind "$3" "$1" && exec env -i "$5" --inhibit-cache "$4" --version'
        hidden = namespace("sh", "-c", script, "sh", packages, place.folder / "moved", place.folder / "empty", program, loader)
        done = subprocess.run(hidden, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_list_starts_at_once(self):
        """Printed, not judged: a busy machine is no fault of the program."""
        place = Workplace(self)
        place.environment["NLBENCH_PROTOCOLS"] = str(SOURCE / "protocols")
        times = []
        for _ in range(20):
            begun = time.perf_counter()
            self.assertEqual(place.run("list", "methods")[0], 0)
            times.append(1000 * (time.perf_counter() - begun))
        print(f"list methods: median {sorted(times)[10]:.0f} ms, fastest {min(times):.0f} ms")


if __name__ == "__main__":
    unittest.main(verbosity=2)

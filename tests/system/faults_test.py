"""A crash or an error at every named point of durable writing, in nlbench and in the worker: clear words, exit 5 for errors,
and the same command without the fault ends in equal chains. nlbench's own points are tried with the fake worker, which starts
in milliseconds; NLB_FAULTS=all tries them with the real one, and every arrival in the worker."""

import os
import shutil
import subprocess
import unittest

from workplace import FAKE_WORKER, WORKER, Workplace, namespace

ALL = os.environ.get("NLB_FAULTS") == "all"
POINTS = ("open", "write", "sync", "close", "rename", "sync_folder")
WORDS = {"ENOSPC": "No space left on device", "EIO": "Input/output error"}
ABORT = -6


class Faults(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(self)
        self.place.write_protocol("plan", 6, rows=["elr"], settings=["inclusive/0.4"])
        self.words = ["run", "plan", "--threads", "1", "--jobs", "1", "--quiet"]
        self.tried = 0

    def expect_whole(self, worker):
        code, _, err = self.place.run(*self.words, "--results", "whole", NLBENCH_WORKER=worker)
        self.assertEqual(code, 0, err)
        self.whole = self.place.chains("whole")

    def expect_recovery(self, worker):
        """The same command without the fault; then a fresh folder for the next fault."""
        code, _, err = self.place.run(*self.words, NLBENCH_WORKER=worker)
        self.assertEqual(code, 0, err)
        self.assertEqual(self.place.chains(), self.whole)
        self.assertEqual(self.place.run(*self.words, NLBENCH_WORKER=worker)[0], 0)
        self.assertEqual(self.place.leftovers(), [])
        shutil.rmtree(self.place.folder / "results")
        self.tried += 1

    def fault_in_nlbench(self, fault, worker):
        """False if the run ended before the fault's arrival."""
        sheltered = self.place.worker_with(f'unset NLB_FAULT\nexec "{worker}" "$@"')
        code, _, err = self.place.run(*self.words, NLBENCH_WORKER=sheltered, NLB_FAULT=fault)
        kind, point, _ = fault.split(":")
        if code == 0 and not err:
            shutil.rmtree(self.place.folder / "results")
            return False
        with self.subTest(fault):
            if kind == "crash":
                self.assertEqual(code, ABORT, err)
            else:
                self.assertIn(WORDS[kind], err)
                stored = len(self.place.records())
                if code == 0:  # only what comes after the record may be but a warning
                    self.assertEqual((stored, "checkpoint: cannot" in err), (1, True), err)
                else:
                    self.assertEqual(code, 5, err)
                    self.assertIn("then run the same command", err)
            self.expect_recovery(worker)
        return True

    def test_nlbench_at_every_point(self):
        worker = WORKER if ALL else FAKE_WORKER
        self.expect_whole(str(worker))
        for kind in ("crash", *WORDS):
            for point in (*POINTS, "unlink"):
                arrival = 1
                while self.fault_in_nlbench(f"{kind}:{point}:{arrival}", str(worker)):
                    arrival += 1
                self.assertGreater(arrival, 1, f"no arrival at {point}")
        print(f"nlbench: {self.tried} faults with {worker.name}")

    def fault_in_worker(self, fault, once):
        """A fault in the first worker only costs nothing; one in every worker ends the run with exit 5."""
        place = self.place
        shutil.rmtree(place.folder / "results", ignore_errors=True)
        lines = f"NLB_FAULT={fault}; export NLB_FAULT"
        if once:  # a worker that ends in peace, asked only what machine this is, does not use the fault up
            mark = place.folder / "struck"
            lines = (f'if [ ! -e "{mark}" ]; then {lines}; "{WORKER}" "$@" && exit 0; '
                     f'code=$?; touch "{mark}"; [ $code -lt 128 ] || kill -s ABRT $$; exit $code; fi')
        code, _, err = place.run(*self.words, NLBENCH_WORKER=place.worker_with(lines), NLB_CHECKPOINT_SECONDS="0")
        with self.subTest(fault, once=once):
            kind = fault.split(":")[0]
            self.assertIn("killed by signal 6" if kind == "crash" else WORDS[kind], err)
            self.assertIn("it will be tried once more, alone", err)
            self.assertEqual(code, 0 if once else 5, err)
            if not once:
                self.assertIn("could not run, alone either", err)
                self.assertEqual(place.records(), {})
            self.expect_recovery(str(WORKER))
        (place.folder / "struck").unlink(missing_ok=True)

    def test_worker_at_every_point(self):
        self.expect_whole(str(WORKER))
        for point in POINTS:
            self.fault_in_worker(f"crash:{point}:2", once=True)
        for kind in WORDS:
            for arrival in range(1, 7) if ALL else (2,):  # a later one the second worker, which resumes, does not reach
                self.fault_in_worker(f"{kind}:write:{arrival}", once=False)
        if ALL:
            for kind in ("crash", *WORDS):
                for point in POINTS:
                    for once in (True, False):
                        self.fault_in_worker(f"{kind}:{point}:1", once)
        print(f"worker: {self.tried} faults")

    def test_a_full_disk_is_exit_5_and_the_same_command_goes_on_when_there_is_room(self):
        """On a file system of 1 MiB; a checkpoint of this net is 1.2 MB."""
        place = self.place
        self.expect_whole(str(WORKER))
        (place.folder / "disk").mkdir()
        script = ('disk=disk; mount -t tmpfs -o size=1m none $disk || exit 99; "$@"; first=$?; '
                  'mount -o remount,size=64m $disk; "$@"; second=$?; cp -r $disk/results results; exit $((first * 16 + second))')
        command = namespace("sh", "-c", script, "sh", os.fspath(WORKER.with_name("nlbench")), *self.words,
                            "--results", "disk/results")
        code, _, err = place.finish(subprocess.Popen(command, **place.streams(NLB_CHECKPOINT_SECONDS="0")))
        self.assertEqual(divmod(code, 16), (5, 0), err)
        self.assertIn("No space left on device", err)
        self.assertEqual(place.chains(), self.whole)


if __name__ == "__main__":
    unittest.main(verbosity=2)

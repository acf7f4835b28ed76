"""Chains do not depend on what else runs, in which order, or how often the run was stopped in order."""

import os
import shutil
import signal
import subprocess
import time
import unittest

from workplace import PROGRAM, Workplace, children_of, small_protocol, wait_until


class Chains(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(self)
        self.place.write_protocol("plan", 3, settings=["pair/0.45"])
        self.place.write_protocol("long", 400, rows=["elr"], settings=["inclusive/0.4"])

    def measure(self, protocol, results, *words):
        code, _, err = self.place.run("run", protocol, "--results", results, "--threads", "1", *words)
        self.assertEqual(code, 0, err)

    def test_jobs_and_order_do_not_matter(self):
        self.measure("plan", "one", "--jobs", "1")
        self.measure("plan", "two", "--jobs", "2")
        for row in ("elr", "gce_truncated", "ce_cnn_small"):  # against the plan's order, with other neighbours
            self.measure("plan", "mixed", "--jobs", "2", "--row", row)
        self.measure("plan", "mixed", "--jobs", "2")
        rows = small_protocol("plan", 3, settings=["pair/0.45"])["groups"][0]["rows"]
        self.assertEqual(len(self.place.chains("one")), len(rows))
        self.assertEqual(self.place.chains("two"), self.place.chains("one"))
        self.assertEqual(self.place.chains("mixed"), self.place.chains("one"))

    def stop_words(self, stop):
        return ["run", "long", "--results", stop, "--threads", "1", "--log-json", stop + ".log"]

    def expect_stopped(self, stop, code, out, said, err):
        self.assertEqual(code, 130, err)
        self.assertIn(said, err)
        self.assertIn("left: the same command continues", out)

    def stop_by_signal(self, results, name, everyone=False):
        """The worker is held at an epoch until nlbench has heard the signal: however busy the machine, it is not done before."""
        log, err = self.place.folder / (results + ".log"), self.place.folder / (results + ".err")
        with err.open("w") as file:
            running = subprocess.Popen([PROGRAM, *self.stop_words(results)], **{**self.place.streams(), "stderr": file})
            wait_until(lambda: log.exists() and '"epoch":30' in log.read_text())
            workers = children_of(running.pid)
            for worker in workers:
                os.kill(worker, signal.SIGSTOP)
            for process in [*(workers if everyone else []), running.pid]:
                os.kill(process, getattr(signal, name))
            wait_until(lambda: "stopping" in err.read_text())
            if everyone:
                running.send_signal(getattr(signal, name))
            for worker in workers:
                os.kill(worker, signal.SIGCONT)
            out, _ = running.communicate()
        text = err.read_text()
        self.expect_stopped(results, running.returncode, out, name + ": stopping", text)
        self.assertNotIn("its worker ended", text)

    def stop_by_clock(self, stop, seconds):
        """The first limit in which a trial gets past an epoch and does not end: how long that takes, the machine decides."""
        for _ in range(30):
            code, out, err = self.place.run(*self.stop_words(stop), "--max-time", f"{seconds:.3f}s")
            if code == 0:
                shutil.rmtree(self.place.folder / stop)
                seconds /= 2
                continue
            self.expect_stopped(stop, code, out, "--max-time is over", err)
            if list((self.place.folder / stop).glob(".state/*/checkpoint")):
                return
            seconds *= 1.5
        self.fail("no limit let a trial get past an epoch and not end")

    def test_stopped_runs_exit_130_and_go_on_to_the_same_chains(self):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
        begun = time.monotonic()
        self.measure("long", "whole")
        length = time.monotonic() - begun
        for stop in ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "--max-time"):
            with self.subTest(stop):
                if stop == "--max-time":
                    self.stop_by_clock(stop, length / 2)
                else:
                    self.stop_by_signal(stop, stop)
                code, _, err = self.place.run(*self.stop_words(stop))
                self.assertEqual(code, 0, err)
                self.assertIn("continues after epoch", err)
                self.assertEqual(self.place.chains(stop), self.place.chains("whole"))
                self.assertEqual(self.place.leftovers(stop), [])

    def test_sigterm_to_every_process_lets_the_epoch_end(self):
        """As Slurm does at the time limit (proctrack/linuxproc), srun even twice."""
        self.measure("long", "whole")
        self.stop_by_signal("all", "SIGTERM", everyone=True)
        code, _, err = self.place.run(*self.stop_words("all"))
        self.assertEqual(code, 0, err)
        self.assertEqual(self.place.chains("all"), self.place.chains("whole"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

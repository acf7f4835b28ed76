"""Chains do not depend on what else runs, in which order, or how often the run was stopped in order."""

import signal
import unittest

from workplace import Workplace, small_protocol, wait_until


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

    def test_stopped_runs_exit_130_and_go_on_to_the_same_chains(self):
        self.measure("long", "whole")
        for stop in ("SIGTERM", "SIGINT", "--max-time"):
            with self.subTest(stop):
                words = ["run", "long", "--results", stop, "--threads", "1", "--log-json", stop + ".log"]
                log = self.place.folder / (stop + ".log")
                running = self.place.start(*words, *(["--max-time", "1s"] if stop == "--max-time" else []))
                if stop != "--max-time":
                    wait_until(lambda: log.exists() and '"epoch":30' in log.read_text())
                    running.send_signal(getattr(signal, stop))
                out, err = running.communicate()
                self.assertEqual(running.returncode, 130, err)
                self.assertIn("stopping" if stop != "--max-time" else "--max-time is over", err)
                self.assertIn("left: the same command goes on", out)
                code, _, err = self.place.run(*words)
                self.assertEqual(code, 0, err)
                self.assertIn("goes on after epoch", err)
                self.assertEqual(self.place.chains(stop), self.place.chains("whole"))
                self.assertEqual(self.place.leftovers(stop), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)

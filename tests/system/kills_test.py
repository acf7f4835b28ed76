"""kill -9 at random moments over a plan of methods of several kinds: the same command again ends in the chains of an
uninterrupted run. NLB_KILLS=30 is the full form."""

import json
import os
import signal
import time
import unittest

from workplace import Workplace, children_of, count, draws, kill, wait_until

ROWS = ["ce", "ce_cnn_small", "gce_truncated", "elr", "co_teaching", "dividemix"]
MODES = ("nlbench", "both", "worker")


class Kills(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(self)
        self.place.write_protocol("plan", 40, rows=ROWS, settings=["inclusive/0.4"])
        self.words = ["run", "plan", "--threads", "1", "--jobs", "2", "--quiet"]
        self.seen = {}

    def start(self):
        return self.place.start(*self.words, NLB_CHECKPOINT_SECONDS="0.05")

    def strike(self, running, mode):
        workers = children_of(running.pid)
        if mode != "worker":
            kill(running.pid)
        if mode != "nlbench":
            for worker in workers:
                kill(worker)
        running.communicate()
        return len(workers)

    def check_nothing_lost(self):
        """Every file stored before is still there with the bytes it had."""
        for path, text in self.seen.items():
            self.assertEqual(path.read_text(), text, path)
        for path in (self.place.folder / "results").glob("*/*.json"):
            self.seen.setdefault(path, path.read_text())

    def test_kill_at_random_moments(self):
        begun = time.monotonic()
        code, _, err = self.place.run(*self.words, "--results", "whole")
        self.assertEqual(code, 0, err)
        length = time.monotonic() - begun
        kills, random, struck, finished = count("NLB_KILLS", 6), draws("kills"), 0, 0
        while struck < kills:
            running = self.start()
            mode = MODES[struck % len(MODES)]
            time.sleep(random.uniform(0.05, max(0.5, length / 3)))
            if running.poll() is not None:  # all done before the blow: start over, keeping count
                self.assertEqual(running.returncode, 0, running.communicate()[1])
                self.finish()
                finished += 1
                (self.place.folder / "results").rename(self.place.folder / f"finished{finished}")
                self.seen = {}
                continue
            self.strike(running, mode)
            struck += 1
            self.check_nothing_lost()
        code, _, err = self.place.run(*self.words, NLB_CHECKPOINT_SECONDS="0.05")
        self.assertEqual(code, 0, err)
        resumed = self.finish()
        print(f"kills: {struck} kills over {finished + 1} runs of {len(ROWS)} trials, {resumed} trials of the last run resumed")

    def finish(self):
        """What must hold when the plan is done; the number of trials that went on from a checkpoint."""
        self.check_nothing_lost()
        self.assertEqual(self.place.chains(), self.place.chains("whole"))
        self.assertEqual(self.place.run(*self.words)[0], 0)
        self.assertEqual(self.place.leftovers(), [])
        return sum(bool(record["result"]["timing"]["interrupted_at"]) for record in self.place.records().values())

    def kill_a_worker_at_work(self, results):
        """Runs the plan and kills the worker past epoch 20 of a trial: its id and the last epoch told of it before; None where
        the trial was over before the worker could be held."""
        log = self.place.folder / f"{results}.log"
        running = self.place.start("run", "plan", "--threads", "1", "--jobs", "1", "--results", results, "--log-json", log,
                                   NLB_CHECKPOINT_SECONDS="0")
        wait_until(lambda: log.exists() and '"epoch":20' in log.read_text())
        workers = children_of(running.pid)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)  # what is told from now on was done before
        told = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        last = told[-1]
        for worker in workers:
            kill(worker)
        _, err = running.communicate()
        self.assertEqual(running.returncode, 0, err)
        if last["event"] != "evaluated" or last["epoch"] < 20:
            return None
        self.assertIn("killed by signal 9", err)
        self.assertIn("it will be tried once more, alone", err)
        return last["trial"], last["epoch"]

    def test_a_killed_worker_costs_only_its_trial_a_second_start(self):
        for attempt in range(20):
            results = f"results{attempt}"
            blow = self.kill_a_worker_at_work(results)
            self.assertEqual(len(self.place.chains(results)), len(ROWS))
            if blow:
                break
        trial, epoch = blow
        interrupted = {record["trial"]: record["result"]["timing"]["interrupted_at"] for record in self.place.records(results).values()}
        self.assertEqual(sorted(map(len, interrupted.values())), [0] * (len(ROWS) - 1) + [1])
        # An epoch is told before its checkpoint begins; that of the one before may be on its way to the disk, and waited for its own.
        self.assertGreaterEqual(interrupted[trial][0], epoch - 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

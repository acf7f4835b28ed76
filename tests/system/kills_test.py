"""kill -9 at random moments over a plan of methods of several kinds: the same command again ends in the chains of an
uninterrupted run. NLB_KILLS=30 is the full form."""

import time
import unittest

from workplace import Workplace, children_of, count, draws, kill

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

    def test_a_killed_worker_costs_only_its_trial_a_second_start(self):
        place = self.place
        running = place.start("run", "plan", "--threads", "1", "--jobs", "1", "--log-json", "log",
                              NLB_CHECKPOINT_SECONDS="0")
        log = place.folder / "log"
        while not log.exists() or '"epoch":20' not in log.read_text():
            time.sleep(0.01)
        for worker in children_of(running.pid):
            kill(worker)
        _, err = running.communicate()
        self.assertEqual(running.returncode, 0, err)
        self.assertIn("killed by signal 9", err)
        self.assertIn("it will be tried once more, alone", err)
        self.assertEqual(len(place.chains()), len(ROWS))
        interrupted = [record["result"]["timing"]["interrupted_at"] for record in place.records().values()]
        self.assertEqual(sorted(map(len, interrupted)), [0] * (len(ROWS) - 1) + [1])
        # Epoch 20 is told before its checkpoint begins; that of 19 may still be on its way to the disk, and waited for that of 18.
        self.assertGreaterEqual(max(interrupted)[0], 18)


if __name__ == "__main__":
    unittest.main(verbosity=2)

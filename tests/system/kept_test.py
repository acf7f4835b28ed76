"""What --keep stores is the same after kills as without any, and export samples joins it with names."""

import csv
import io
import shutil
import time
import unittest

from workplace import Workplace, children_of, kill

# A loss, per-sample scores, two networks, and a mixture whose epochs do not show every sample; ce_cnn_small drops the last batch.
ROWS = ["ce_cnn_small", "joint_optim", "co_teaching", "dividemix"]
FILES = ("samples.json", "model.safetensors")


class Kept(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(self)
        self.place.write_protocol("plan", 60, rows=ROWS, settings=["inclusive/0.4"])
        self.words = ["run", "plan", "--threads", "1", "--jobs", "2", "--keep", "model,samples"]

    def kept(self, results):
        folder = self.place.folder / results
        return {(path.parent.name, path.name): path.read_bytes() for name in FILES for path in folder.glob(f"*/{name}")}

    def kill_in_the_middle(self, row, words):
        for attempt in range(20):
            log = self.place.folder / f"log_{row}_{attempt}"
            running = self.place.start(*words, "--row", row, "--log-json", log, NLB_CHECKPOINT_SECONDS="0")
            while running.poll() is None and (not log.exists() or '"epoch":3' not in log.read_text()):
                time.sleep(0.005)
            for process in (running.pid, *children_of(running.pid)):
                kill(process)
            running.communicate()
            done = self.place.records()
            if not done:
                return
            for path in done:  # the blow came too late: a busy machine may not look in time
                shutil.rmtree(path.parent)
        self.fail(f"{row} was always done before the blow")

    def test_files_of_resumed_trials_are_those_of_uninterrupted_ones(self):
        code, _, err = self.place.run(*self.words, "--results", "whole")
        self.assertEqual(code, 0, err)
        whole = self.kept("whole")
        self.assertEqual(len(whole), len(ROWS) * len(FILES))
        for number, row in enumerate(ROWS):
            # Every other trial starts without --keep: what was seen before the kill is in the checkpoint all the same.
            self.kill_in_the_middle(row, self.words[:-2] if number % 2 else self.words)
        code, _, err = self.place.run(*self.words, NLB_CHECKPOINT_SECONDS="0")
        self.assertEqual(code, 0, err)
        resumed = [record["result"]["timing"]["interrupted_at"] for record in self.place.records().values()]
        self.assertGreaterEqual(sum(map(bool, resumed)), 2, resumed)
        kept = self.kept("results")
        self.assertEqual(kept.keys(), whole.keys())
        for name, content in whole.items():
            self.assertTrue(kept[name] == content, name)

    def test_export_names_every_sample(self):
        self.assertEqual(self.place.run(*self.words)[0], 0)
        changed = next(iter(self.place.records().values()))["result"]["noise"]["changed"]
        for row in ROWS:
            with self.subTest(row):
                scored = row in ("joint_optim", "dividemix")
                by = "clean_score" if scored else "loss"
                code, out, err = self.place.run("export", "samples", "plan", "--row", row, "--by", by)
                self.assertEqual(code, 0, err)
                rows = list(csv.DictReader(io.StringIO(out)))
                self.assertEqual(sorted(int(one["image"]) for one in rows), list(range(300)))
                self.assertEqual([one["rank"] for one in rows], [str(rank) for rank in range(1, 301)], err)
                key = [-float(one["clean_score"]) if scored else float(one["loss"]) for one in rows]
                self.assertEqual(key, sorted(key, reverse=True))
                wrong = [one["given"] != one["clean"] for one in rows]
                self.assertEqual(sum(wrong), changed)
                self.assertEqual({one["given"] == one["clean"] for one in rows if one["given_class"] == one["clean_class"]}, {True})
        code, out, err = self.place.run("export", "samples", "plan")
        self.assertEqual(code, 0, err)
        self.assertIn("by mean rank over 4 trials", err)
        rows = list(csv.DictReader(io.StringIO(out)))
        self.assertEqual({one["trials"] for one in rows}, {"4"})
        key = [float(one["mean_rank"]) for one in rows]
        self.assertEqual(key, sorted(key))


if __name__ == "__main__":
    unittest.main(verbosity=2)

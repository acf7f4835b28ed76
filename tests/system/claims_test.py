"""Four processes on one results folder: every trial starts once and has one record. NLB_REPEATS repeats."""

import json
import unittest

from workplace import Workplace, count


class Claims(unittest.TestCase):
    def race(self, place, results):
        logs = [f"{results}.{i}.log" for i in range(4)]
        words = ["run", "plan", "--threads", "1", "--jobs", "1", "--quiet", "--results", results]
        running = [place.start(*words, "--log-json", log) for log in logs]
        for one in running:
            _, err = one.communicate()
            self.assertEqual(one.returncode, 0, err)
        events = [json.loads(line) for log in logs for line in (place.folder / log).read_text().splitlines()]
        started = [event["trial"] for event in events if event["event"] == "started"]
        self.assertEqual(len(started), 30)
        self.assertEqual(len(set(started)), 30)
        self.assertEqual(set(place.chains(results)), set(started))

    def test_each_trial_starts_once(self):
        place = Workplace(self)
        place.write_protocol("plan", 2, rows=["ce", "ce_cnn_small", "gce", "gce_truncated", "elr"], seeds=2)
        repeats = count("NLB_REPEATS", 1)
        for repeat in range(repeats):
            self.race(place, f"results{repeat}")
            self.assertEqual(place.chains(f"results{repeat}"), place.chains("results0"))
        print(f"claims: {repeats} x 4 processes, 30 trials")


if __name__ == "__main__":
    unittest.main(verbosity=2)

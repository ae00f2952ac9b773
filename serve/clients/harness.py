"""What every `play.py` shares: its command line, the gold of the task, the checks, and the report.

A program calls `main` with a function that plays and checks, and tells `Game.rewards` what it was given. Standard library only.
"""

import argparse
import asyncio
import faulthandler
import inspect
import json
import os
import sys
import traceback
import urllib.error
import urllib.request
from importlib.metadata import version

FINISH = "wardian_finish"
"""The tool that ends an episode of OpenEnv and ORS."""
UNKNOWN = "no_such_tool"
"""A tool that no pack has."""


class Unexpected(Exception):
    """The server did something else than was promised."""


class Game:
    """What is to be played where, and what was checked so far."""

    def __init__(self, arguments):
        self.url = arguments.url.rstrip("/")
        self.pack = arguments.pack
        self.task = arguments.task
        self.rows = arguments.rows
        gold = json.load(arguments.gold)
        self.calls = [(call["tool"], call["arguments"]) for call in gold["calls"]]
        if not self.calls:
            raise SystemExit("the gold has no calls: such a task is passed by doing nothing")
        self.answer = gold.get("answer")
        self.finish = {} if self.answer is None else {"answer": self.answer}
        self.gold = self.nothing = None
        self.checked = []

    @property
    def at_pack(self):
        """Where the pack is served for certain; at the root, it is if it is the first one."""
        return f"{self.url}/{self.pack}"

    @property
    def tools(self):
        """Names of the tools that the gold calls."""
        return {tool for tool, _ in self.calls}

    def check(self, what, holds, seen=None):
        """Notes that `what` holds, or ends the play, with what was seen instead."""
        if not holds:
            raise Unexpected(f"not so: {what}; seen: {str(seen)[:2000]}")
        if what not in self.checked:
            self.checked.append(what)

    def rewards(self, gold, nothing):
        """Notes what was given for the gold calls, and for no call."""
        self.gold, self.nothing = gold, nothing
        self.check("reward 1 with the gold calls", gold == 1.0, gold)
        self.check("reward 0 without a call", nothing == 0.0, nothing)

    def place(self):
        """The task's split and index, from the list of tasks that OpenEnv and ORS share."""
        for split in ("train", "test"):
            for index, task in enumerate(fetch(f"{self.at_pack}/tasks", {"split": split})["tasks"]):
                if task["id"] == self.task:
                    self.check("the task is in the list of its split", (task["split"], task["index"]) == (split, index), task)
                    return {"split": split, "index": index}
        raise Unexpected(f"task `{self.task}` is in no split")


def request(url, body=None, headers=None):
    """Status, headers and text of the answer of `url` to a GET, with `body` to a POST of JSON. Never through a proxy: the server is on this machine."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"} | (headers or {}))
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=60) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def fetch(url, body=None):
    """The JSON at `url`, which must be there."""
    status, _, text = request(url, body)
    if status != 200:
        raise Unexpected(f"{url} answers {status}: {text[:2000]}")
    return json.loads(text)


def main(client, packages, play):
    """Plays, prints the report, and leaves. `packages`: distributions whose versions are reported."""
    parser = argparse.ArgumentParser(description=f"Plays one task twice with {client}: with the gold calls, and without any.")
    parser.add_argument("--url", required=True, help="root of the server, http://HOST:PORT")
    parser.add_argument("--pack", required=True, help="name of the first served pack")
    parser.add_argument("--task", required=True, help="id of a task that cannot be passed without a call")
    parser.add_argument("--gold", required=True, type=argparse.FileType(), help='{"calls": [{"tool", "arguments"}], "answer": text or null}')
    parser.add_argument("--rows", type=argparse.FileType(), help="rows for NeMo Gym, one JSON object a line, each with `task`")
    parser.add_argument("--limit-s", type=float, default=300, help="seconds until it is given up (default 300)")
    arguments = parser.parse_args()

    # Clients, and what they start, may write where they like: standard output is for the report alone.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = "127.0.0.1,localhost,::1"
    # Some clients try for ever. This prints where they hang, and ends the process with status 1.
    faulthandler.dump_traceback_later(arguments.limit_s, exit=True)

    game = Game(arguments)
    failed = None
    try:
        played = play(game)
        if inspect.isawaitable(played):
            asyncio.run(played)
        if game.gold is None:
            raise Unexpected("nothing was played")
    except BaseException as error:  # noqa: BLE001 - whatever a client raises is the finding
        failed = error
        # Task groups wrap what is raised in them.
        while isinstance(failed, BaseExceptionGroup) and len(failed.exceptions) == 1:
            failed = failed.exceptions[0]
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    report = {"client": client, "version": versions, "gold": game.gold, "nothing": game.nothing, "checked": game.checked}
    print(json.dumps(report), file=out, flush=True)
    faulthandler.cancel_dump_traceback_later()
    if failed is not None:
        if not isinstance(failed, Unexpected):
            traceback.print_exception(failed)
        print(f"{client}: {type(failed).__name__}: {failed}", file=sys.stderr, flush=True)
    # Not `sys.exit`: some clients leave threads behind that wait for ever.
    os._exit(1 if failed else 0)

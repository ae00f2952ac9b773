#!/usr/bin/env python3
"""Plays a task through NeMo Gym: its `simple_agent` and its environment server `single_agent_turn`, driven by a model that follows a script.

The dataset's row declares the tools and names the task: NeMo Gym has no list of tools to ask for. `--rows FILE` plays the row that was exported; without
it, a row is made up that is as good as the gold needs it to be.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from servers import servers

sys.path.append(str(Path(__file__).resolve().parents[1]))
from harness import UNKNOWN, Unexpected, fetch, main, request  # noqa: E402


def row(game, script):
    """A row of the dataset. The script goes into the metadata, which the agent passes on to the model."""
    if game.rows:
        game.rows.seek(0)
        found = next((row for row in map(json.loads, game.rows) if row["task"] == game.task), None)
        if found is None:
            raise Unexpected(f"task `{game.task}` is in no row")
        declared = {tool["name"] for tool in found["responses_create_params"]["tools"]}
        game.check("the row declares the tools, and says something", declared >= game.tools and found["responses_create_params"]["input"], declared)
    else:
        tools = [{"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}, "strict": False} for name in sorted(game.tools)]
        found = {"responses_create_params": {"input": [{"role": "user", "content": game.task}], "tools": tools}, "task": game.task}
    return found | {"responses_create_params": found["responses_create_params"] | {"metadata": {"script": script}}}


def outputs(verified):
    return [item["output"] for item in verified["response"]["output"] if item["type"] == "function_call_output"]


def play(game):
    scripts = {
        "gold": (game.calls, game.answer or "Done."),
        "nothing": ([], "Done."),
        "wrong": ([(UNKNOWN, {}), (game.calls[0][0], {"no_such_argument": 1}), game.calls[0]], "Done."),
    }
    with servers(game.url, scripts) as (agent, turn):
        episodes(game, agent, turn)


def episodes(game, agent, turn):
    # Three episodes at the same time.
    with ThreadPoolExecutor() as pool:
        gold, nothing, wrong = pool.map(lambda script: fetch(f"{agent}/run", row(game, script)), ("gold", "nothing", "wrong"))
    game.rewards(gold["reward"], nothing["reward"])
    game.check("the gold calls have results", len(outputs(gold)) == len(game.calls) and all(outputs(gold)), outputs(gold))
    game.check("neither is masked", not gold.get("mask_sample") and not nothing.get("mask_sample"), (gold, nothing))
    seen = outputs(wrong)
    game.check("an unknown tool is an error that the model sees", UNKNOWN in seen[0], seen)
    game.check("arguments that do not fit are an error that the model sees", seen[1], seen)
    game.check("the session goes on after errors", seen[2] and seen[2] not in seen[:2], seen)

    # The typed flow: seeded by an id, closed at the end.
    for script, expected in (("gold", 1.0), ("nothing", 0.0)):
        task = {"task_id": {"taskset": game.pack, "task_id": game.task}, "task_input": row(game, script)}
        seen = fetch(f"{turn}/run", {"episode_id": {"rollout_id": f"{script}-{os.getpid()}", "attempt": 0}, "task": task})
        game.check(f"single_agent_turn: reward {expected:.0f} for the script `{script}`", (seen.get("result") or {}).get("reward") == expected, seen)

    seen = fetch(f"{agent}/aggregate_metrics", {"verify_responses": [gold, nothing]})
    game.check("metrics are aggregated", seen["agent_metrics"]["mean/reward"] == 0.5, seen)
    status, _, text = request(f"{game.url}/reverify_mode")
    mode = json.loads(text)
    game.check("the mode of reverification is one of theirs", status == 200 and mode in ("stateless", "unsupported", "unknown"), text)
    # Without the cookie there is nothing to grade, unless the server can do it from the calls alone.
    seen = fetch(f"{game.url}/verify", row(game, "gold") | {"response": gold["response"]})
    holds = (seen["reward"], bool(seen.get("mask_sample"))) == ((1.0, False) if mode == "stateless" else (0.0, True))
    game.check(f"a verification without a session, where the mode is {mode}", holds, {key: seen.get(key) for key in ("reward", "mask_sample", "failure_kind")})


main("nemo-gym", ["nemo-gym"], play)

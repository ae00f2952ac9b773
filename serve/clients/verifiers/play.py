#!/usr/bin/env python3
"""Plays a task through the OpenEnv taskset of verifiers (which is also prime-rl's way in), with a model that follows a script.

The taskset reads `/schema`, lists the tools before the reset, shows the model the observation and the tools as JSON, takes each reply as an action, and
sums the rewards of the steps. The program between model and taskset is verifiers' own; `uv`, which comes with it, gets that program's packages from PyPI
the first time.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import verifiers.v1 as vf
from model import Scripted
from verifiers.v1.tasksets.openenv import OpenEnvEnvConfig

sys.path.append(str(Path(__file__).resolve().parents[1]))
from harness import FINISH, UNKNOWN, main  # noqa: E402


def action(tool, arguments):
    return json.dumps({"type": "call_tool", "tool_name": tool, "arguments": arguments})


async def episode(base_url, reset, model, script):
    """The trace of an episode that the model plays by `script`."""
    config = {
        "taskset": {"id": "openenv", "base_url": base_url, "resets": [reset]},
        "player": {"harness": {"id": "null"}, "runtime": {"type": "subprocess"}},
    }
    env = vf.load_environment(OpenEnvEnvConfig.model_validate(config))
    client = vf.EvalClientConfig(base_url=model.url, api_key_var="NO_KEY_IS_NEEDED")
    context = vf.ModelContext(model=script, client=client, sampling=vf.SamplingConfig())
    async with env.serving():
        (task,) = env.taskset.load()
        played = await env.run_episode(task, context)
    if not played.ok:
        raise RuntimeError(f"episode `{script}`: {played.errors}")
    return played.traces[0]


async def play(game):
    # `uv` lies beside the interpreter.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    scripts = {
        "gold": [action(*call) for call in game.calls] + [action(FINISH, game.finish)],
        "nothing": [action(FINISH, {})],
        "wrong": [action(UNKNOWN, {}), action(game.calls[0][0], {"no_such_argument": 1}), action(*game.calls[0])],
    }
    model = Scripted(scripts)
    # All at the same time, under the pack's name and at the root. The last ends without a finish: the model falls silent.
    gold, nothing, wrong = await asyncio.gather(
        episode(game.at_pack, {"task": game.task}, model, "gold"),
        episode(game.url, game.place(), model, "nothing"),
        episode(game.at_pack, {"task": game.task, "seed": 7}, model, "wrong"),
    )
    game.rewards(gold.reward, nothing.reward)
    game.check("the reward is the sum of the steps'", list(gold.rewards) == ["openenv_reward"], gold.rewards)
    game.check("an episode that is not finished has reward 0", wrong.reward == 0.0, wrong.rewards)

    first = json.loads(model.seen["gold"][0])
    names = {tool["name"] for tool in first["action_schema"]["available_tools"]}
    game.check("the model is shown the tools", names >= game.tools | {FINISH}, names)
    game.check("the model is shown system and prompt", first["observation"]["system"] and first["observation"]["prompt"], first["observation"])
    texts = [json.loads(model.seen[script][0])["observation"]["prompt"] for script in scripts]
    game.check("split and index choose the same task as its id", len(set(texts)) == 1, texts)

    seen = [json.loads(text)["observation"] for text in model.seen["wrong"][1:]]
    game.check("an unknown tool is an error that the model sees", UNKNOWN in seen[0]["error"]["message"], seen[0])
    game.check("arguments that do not fit are an error that the model sees", seen[1]["error"], seen[1])
    game.check("the session goes on after errors", seen[2]["error"] is None, seen[2])


main("verifiers", ["verifiers", "openenv"], play)

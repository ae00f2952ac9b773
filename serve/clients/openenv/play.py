#!/usr/bin/env python3
"""Plays a task through OpenEnv's own clients: GenericEnvClient (async and sync), MCPToolClient, and `openenv validate`."""

import json
import subprocess
import sys
from pathlib import Path

from openenv.core import GenericEnvClient
from openenv.core.env_server.mcp_types import CallToolAction
from openenv.core.mcp_client import MCPToolClient

sys.path.append(str(Path(__file__).resolve().parents[1]))
from harness import FINISH, UNKNOWN, main  # noqa: E402


def call(tool, arguments):
    return {"type": "call_tool", "tool_name": tool, "arguments": arguments}


async def play(game):
    # Two sessions at the same time on the same task, one under the pack's name and one at the root.
    async with GenericEnvClient(base_url=game.at_pack) as one, GenericEnvClient(base_url=game.url) as other:
        # Before the first reset, as trainers do.
        tools = (await one.step({"type": "list_tools"})).observation["tools"]
        names = {tool["name"] for tool in tools}
        game.check("tools are listed before the first reset", names >= game.tools | {FINISH}, names)
        game.check("each tool has words and a schema", all(tool["description"] and tool["input_schema"]["type"] == "object" for tool in tools), tools)

        begun = await one.reset(task=game.task, episode_id="gold")
        game.check("a reset gives system and prompt", begun.observation["system"] and begun.observation["prompt"], begun)
        game.check("a reset is not the end", not begun.done and not begun.reward, begun)
        same = await other.reset(**game.place())
        texts = [(seen.observation["system"], seen.observation["prompt"]) for seen in (begun, same)]
        game.check("split and index choose the same task as its id", texts[0] == texts[1], texts)

        for tool, arguments in game.calls:
            seen = await one.step(call(tool, arguments))
            game.check("a gold call succeeds", seen.observation["tool_name"] == tool and seen.observation["error"] is None, seen)
            game.check("reward 0 before the end", seen.reward == 0.0 and not seen.done, seen)
        nothing = await other.step(call(FINISH, {}))
        game.check("the other session ends", nothing.done, nothing)
        gold = await one.step(call(FINISH, game.finish))
        game.check("the finish ends the episode", gold.done and gold.observation["error"] is None, gold)

        game.rewards(gold.reward, nothing.reward)

        state = await one.state()
        game.check("state has the label given and the steps since the reset", state == state | {"episode_id": "gold", "step_count": len(game.calls) + 1}, state)
        late = await one.step(call(*game.calls[0]))
        game.check("a call after the end is an error that the model sees", late.done and late.reward == 0.0 and late.observation["error"], late)
        await errors(game, other)

    # The sync client, and an address given up and taken again: a slot must not be lost.
    with GenericEnvClient(base_url=game.at_pack).sync() as env:
        env.reset(task=game.task)
        seen = env.step(call(FINISH, {}))
        game.check("the sync client plays as well", seen.done and seen.reward == 0.0, seen)
    tool_client(game)
    validate(game)


async def errors(game, env):
    """What a model can do wrong, on a socket where an episode has ended: a reset begins another."""
    await env.reset(task=game.task)
    seen = await env.step(call(UNKNOWN, {}))
    error = seen.observation["error"] or {}
    game.check("an unknown tool is an error that the model sees", error.get("error_type") == "tool_not_found" and UNKNOWN in error["message"], seen)
    seen = await env.step(call(game.calls[0][0], {"no_such_argument": 1}))
    error = seen.observation["error"] or {}
    game.check("arguments that do not fit are an error that the model sees", error.get("error_type") == "invalid_args", seen)
    try:
        await env.step({"type": "call_tool", "arguments": []})
        refused = None
    except RuntimeError as error:
        refused = str(error)
    game.check("an action that is none is refused", "VALIDATION_ERROR" in (refused or ""), refused)
    seen = await env.step(call(*game.calls[0]))
    game.check("the session goes on after errors", seen.observation["error"] is None and not seen.done, seen)
    another = await env.new_session()
    await another.reset(task=game.task)
    await another.close()
    seen = await env.step(call(FINISH, {}))
    game.check("the close of a session leaves the others", seen.done, seen)


def tool_client(game):
    """The tool client makes its session over `/mcp`, attaches a socket to it, and calls tools over the former."""
    with MCPToolClient(base_url=game.at_pack).sync() as env:
        env.reset(task=game.task)
        names = {tool.name for tool in env.list_tools()}
        game.check("the tool client lists tools", names >= game.tools | {FINISH}, names)
        try:
            # Servers differ: an error of JSON-RPC is raised, an observation with an error is returned.
            refused = (env.call_tool(UNKNOWN) or {}).get("error")
        except RuntimeError as error:
            refused = error
        game.check("an unknown tool is an error of the tool client", refused and UNKNOWN in str(refused), refused)
        for tool, arguments in game.calls:
            env.call_tool(tool, **arguments)
        seen = env.step(CallToolAction(tool_name=FINISH, arguments=game.finish))
        game.check("calls over /mcp and steps are one episode", seen.done and seen.reward == 1.0, seen)


def validate(game):
    command = [sys.executable, "-m", "openenv.cli", "validate", "--url", game.url, "--timeout", "30", "--json"]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    criteria = {check["id"]: check["passed"] for check in json.loads(ran.stdout)["criteria"]}
    game.check("`openenv validate --url`: " + ", ".join(criteria), ran.returncode == 0 and len(criteria) >= 6 and all(criteria.values()), ran.stdout)


main("openenv", ["openenv"], play)

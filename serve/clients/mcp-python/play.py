#!/usr/bin/env python3
"""Plays a task through the Python SDK of MCP: with `mcp` 2 in both eras, with `mcp` 1 in the session era.

Both majors have the same name, so each needs an environment of its own: requirements.txt, requirements-1.txt.
"""

import sys
from pathlib import Path

from link import STATELESS, Fault, is_old, linked

sys.path.append(str(Path(__file__).resolve().parents[1]))
from harness import UNKNOWN, main, request  # noqa: E402

# What worlds are handled with, in each era.
BOTH = {"wardian_fork", "wardian_digest", "wardian_diff", "wardian_grade"}
SESSION_TOOLS = BOTH | {"wardian_reset"}
STATELESS_TOOLS = BOTH | {"wardian_open", "wardian_close"}


async def era(game, mode):
    """Plays in one era, with two clients at the same time: one under the pack's name, one at the root."""
    async with linked(f"{game.at_pack}/mcp", mode) as one, linked(f"{game.url}/mcp", mode) as other:
        check = lambda what, holds, seen=None: game.check(f"{one.protocol}: {what}", holds, seen)  # noqa: E731
        check("the era is the one asked for", one.is_stateless == (mode in ("auto", STATELESS)), mode)
        tools = await one.tools()
        own = STATELESS_TOOLS if one.is_stateless else SESSION_TOOLS
        check("tools of the pack and of worlds are listed", set(tools) >= game.tools | own, set(tools))
        if one.is_stateless:
            bare = {name for name, schema in tools.items() if "world" not in schema.get("required", [])}
            check("each tool but the one that opens needs a world", bare == {"wardian_open"}, bare)
        policy = await one.prompt("policy")
        check("the policy is a prompt and a resource", policy and policy == await one.read(f"wardian://{game.pack}/policy"), policy)
        check("the task is a prompt", await one.prompt("task", {"id": game.task}))

        for link in (one, other):
            failed, seen = await link.begin(game.task)
            check("the task's episode begins", not failed, seen)
        _, before = await other.call("wardian_digest", {})
        for tool, arguments in game.calls:
            failed, seen = await one.call(tool, arguments)
            check("a gold call succeeds", not failed, seen)
        _, after = await other.call("wardian_digest", {})
        check("the other world is not disturbed", before == after, (before, after))
        _, fork = await one.call("wardian_fork", {})
        _, gold = await one.call("wardian_grade", game.finish)
        _, nothing = await other.call("wardian_grade", {})
        game.rewards(gold["reward"], nothing["reward"])
        check("grades say passed, and why not", gold["passed"] is True and nothing["passed"] is False and nothing["reasons"], nothing)
        check("a fork has a handle", fork["world"], fork)
        if one.is_stateless:
            _, seen = await one.call("wardian_grade", game.finish | fork)
            check("a fork has what was done", seen == gold, seen)
        _, seen = await one.call("wardian_diff", {})
        check("there is a difference to see", seen, seen)

        await errors(game, one, check)
        if one.is_stateless:
            await one.call("wardian_close", {})
            failed, seen = await one.call("wardian_digest", {})
            check("a closed world is an error that the model sees", failed, seen)
            failed, seen = await other.call("wardian_digest", {})
            check("the close of a world leaves the others", not failed and seen == before, seen)
    if one.session:
        headers = {"Mcp-Session-Id": one.session, "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": one.protocol}
        status, _, _ = request(f"{game.at_pack}/mcp", {"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers)
        check("the session is gone once it is closed", status == 404, status)


async def errors(game, link, check):
    """What a model can do wrong."""
    try:
        failed, seen = await link.call(UNKNOWN, {})
    except Fault as error:
        failed, seen = True, str(error)
    check("an unknown tool is an error with its name", failed and UNKNOWN in seen, seen)
    failed, seen = await link.call(game.calls[0][0], {"no_such_argument": 1})
    check("arguments that do not fit are an error that the model sees", failed, seen)
    failed, seen = await link.begin("no/such_task")
    check("a task that does not exist is an error that the model sees", failed, seen)
    await link.begin(game.task)
    failed, seen = await link.call(*game.calls[0])
    check("it goes on after errors", not failed, seen)


async def play(game):
    for mode in ("legacy",) if is_old else ("legacy", STATELESS, "auto"):
        await era(game, mode)


main("mcp-python", ["mcp"], play)

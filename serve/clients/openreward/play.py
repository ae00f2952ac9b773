#!/usr/bin/env python3
"""Plays a task through the client of `openreward`, the larger of the two implementations of ORS."""

import sys
from pathlib import Path

from openreward import OpenReward
from openreward.api.environments.types import Task
from openreward.api.errors import ToolCallError

sys.path.append(str(Path(__file__).resolve().parents[1]))
from harness import FINISH, UNKNOWN, main, request  # noqa: E402


def refused(session, tool, arguments):
    """The reason why a call is no call; None if it was made."""
    try:
        session.call_tool(tool, arguments)
    except ToolCallError as error:
        return error.reason
    return None


def play(game):
    # No key: `X-API-Key` is then sent empty.
    client = OpenReward(api_key="")
    # With a variant the client asks under its name, without one at the root. The first name is of the deployment, and chooses nothing here.
    named = client.environments.get("wardian", variant=game.pack, base_url=game.url)
    bare = client.environments.get("wardian", base_url=game.url)

    splits = [split if isinstance(split, str) else split.name for split in named.list_splits()]
    game.check("the splits are train and test", splits == ["train", "test"], splits)
    place = game.place()
    count = named.num_tasks(place["split"])
    tasks = named.list_tasks(place["split"])
    task = tasks[place["index"]]
    game.check("a list of tasks is as long as their number", len(tasks) == count, count)
    game.check("the task is the same one by one, in a list and in a range", task == named.get_task(**place), task)
    game.check("a range from the end is a slice", named.get_task_range(place["split"], -1) == tasks[-1:])
    names = {tool.name for tool in bare.list_tools()}
    game.check("tools are listed without a session", names >= game.tools | {FINISH}, names)

    # Two sessions at the same time on the same task: one by its object under the pack's name, one by its place at the root.
    with named.session(task=task) as one, bare.session(**place) as other:
        prompt = one.get_prompt()
        game.check("the prompt is not empty", prompt and all(block.text for block in prompt), prompt)
        messages = one.get_messages()
        roles = [message.role for message in messages]
        game.check("the messages are system and user", roles == ["system", "user"] and all(message.blocks[0].text for message in messages), messages)
        game.check("split and index choose the same task as its object", other.get_prompt() == prompt, other.get_prompt())
        names = {tool.name for tool in one.list_tools()}
        game.check("the session lists the tools", names >= game.tools | {FINISH}, names)
        for form in ("openai", "anthropic", "google", "openrouter"):
            game.check("the tools convert to the forms of providers", len(one.list_tools(format=form)) == len(names), form)

        for tool, arguments in game.calls:
            seen = one.call_tool(tool, arguments)
            game.check("a gold call gives a text", seen.blocks and seen.blocks[0].text, seen)
            game.check("reward 0 before the end", not seen.reward and not seen.finished, seen)
        nothing = other.call_tool(FINISH, {})
        game.check("the other session ends", nothing.finished, nothing)
        gold = one.call_tool(FINISH, game.finish)
        game.check("the finish ends the episode", gold.finished, gold)
        game.rewards(gold.reward, nothing.reward)
        reason = refused(one, *game.calls[0])
        game.check("a call after the end is refused as such", reason == "episode_finished", reason)

    # A harness may make up a task; its id is enough.
    made = Task(server_name=task.server_name, environment_name=task.environment_name, task_spec={"task": game.task}, namespace=None)
    with named.session(task=made) as session:
        reason = refused(session, UNKNOWN, {})
        game.check("an unknown tool is refused as such", reason == "not_found", reason)
        reason = refused(session, game.calls[0][0], {"no_such_argument": 1})
        game.check("arguments that do not fit are refused as such", reason == "input_validation", reason)
        seen = session.call_tool(*game.calls[0])
        game.check("the session goes on after errors", seen.blocks and not seen.finished, seen)
        sid = session.sid
    status, _, _ = request(f"{game.url}/ping", {}, {"X-Session-ID": sid})
    game.check("the session is gone once it is closed", status == 404, status)

    try:
        with named.session(split="no_such_split", index=0) as session:
            session.get_prompt()
        seen = None
    except Exception as error:  # noqa: BLE001 - the kind is the client's affair
        seen = str(error)
    game.check("a split that does not exist is refused", seen and "split" in seen.lower(), seen)
    client.close()


main("openreward", ["openreward"], play)

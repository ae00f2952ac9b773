#!/usr/bin/env python3
"""Plays a task through the client of `ors-sdk`, the plain implementation of ORS."""

import sys
from pathlib import Path

from ors.client import ORS, Task, ToolCallError

sys.path.append(str(Path(__file__).resolve().parents[1]))
from harness import FINISH, UNKNOWN, main, request  # noqa: E402


def refused(session, tool, arguments):
    """Why a call is no call; None if it was made."""
    try:
        session.call_tool(tool, arguments)
    except ToolCallError as error:
        return str(error)
    return None


def play(game):
    client = ORS(base_url=game.url)
    # This client always asks under the environment's name.
    env = client.environment(game.pack)
    game.check("the splits are train and test", env.list_splits() == ["train", "test"], env.list_splits())
    place = game.place()
    tasks = env.list_tasks(place["split"])
    task = tasks[place["index"]]
    game.check("a list of tasks is as long as their number", len(tasks) == env.num_tasks(place["split"]))
    game.check("the task is the same one by one, in a list and in a range", task == env.get_task(**place), task)
    game.check("a range from the end is a slice", env.get_task_range(place["split"], -1) == tasks[-1:])
    names = {tool.name for tool in env.list_tools()}
    game.check("tools are listed without a session", names >= game.tools | {FINISH}, names)

    # Two sessions at the same time on the same task. The one by split and index lands in the first pack: this client does not say which it means.
    with env.session(task=task) as one, env.session(**place) as other:
        prompt = one.get_prompt()
        game.check("the prompt is not empty", prompt and all(block.text for block in prompt), prompt)
        game.check("split and index choose the same task as its object", other.get_prompt() == prompt, other.get_prompt())
        names = {tool.name for tool in one.list_tools()}
        game.check("the session lists the tools", names >= game.tools | {FINISH}, names)

        for tool, arguments in game.calls:
            seen = one.call_tool(tool, arguments)
            game.check("a gold call gives a text", seen.blocks and seen.blocks[0].text, seen)
            game.check("reward 0 before the end", not seen.reward and not seen.finished, seen)
        nothing = other.call_tool(FINISH, {})
        game.check("the other session ends", nothing.finished, nothing)
        gold = one.call_tool(FINISH, game.finish)
        game.check("the finish ends the episode", gold.finished, gold)
        game.rewards(gold.reward, nothing.reward)
        game.check("a call after the end is refused", refused(one, *game.calls[0]))

    # A harness may make up a task; its id is enough.
    with env.session(task=Task(environment_name=task.environment_name, task_spec={"task": game.task})) as session:
        seen = refused(session, UNKNOWN, {})
        game.check("an unknown tool is refused by its name", seen and UNKNOWN in seen, seen)
        game.check("arguments that do not fit are refused", refused(session, game.calls[0][0], {"no_such_argument": 1}))
        seen = session.call_tool(*game.calls[0])
        game.check("the session goes on after errors", seen.blocks and not seen.finished, seen)
        sid = session.sid
    status, _, _ = request(f"{game.url}/ping", {}, {"X-Session-ID": sid})
    game.check("the session is gone once it is closed", status == 404, status)
    client.close()


main("ors-sdk", ["ors-sdk"], play)

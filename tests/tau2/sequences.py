"""Random sequences of calls, drawn from the state that the calls before left, and recorded as upstream answers them."""

import json
import random
import re
from collections import Counter

import draw_airline
import draw_retail
import draw_telecom
from upstream import conforms, plain, release

DRAWERS = {"retail": draw_retail.Retail, "airline": draw_airline.Airline, "telecom": draw_telecom.Telecom}
# How many of the calls that are out of conformance are kept: such a call ends its sequence.
SPOILED_KEPT = 0.2
# What Python and pydantic say of arguments that are not as declared: an argument missing or in excess, a value of the wrong kind, a
# member that is not there.
PYTHONS_OWN = re.compile(r"validation error|positional argument|keyword argument|^Error: '.*'$")


def record(world, options):
    return {
        "source": options.source or release(),
        "domain": world.domain,
        "seed": options.seed,
        "sequences": [record_one(world, options, number) for number in range(options.sequences)],
    }


def record_one(world, options, number):
    """Every sequence has its own source of randomness, so that one can be made again without the others."""
    rng = random.Random(f"{world.domain} {options.seed} {number}")
    env = world.fresh()
    drawer = DRAWERS[world.domain](rng, env)
    init = set_up(world, drawer)
    env, actions = env if init is None else begin(world, init, []), []
    length = rng.randint(max(1, options.calls // 2), options.calls)
    known = None  # the documents before a writing call, while nothing has changed them
    for _ in range(length * 20):
        if len(actions) == length:
            break
        name, requestor, args = drawer.draw(env)
        args = plain(args)
        writes = world.writes(env, name, requestor)
        if writes and known is None:
            known = world.dumped(env)
        ids = world.ids.given
        obs, error = world.call(env, name, requestor, args)
        action = {"name": name, "requestor": requestor, "args": args, "obs": obs, "error": error}
        action |= remarks(world, env, action, known if writes and error else None, ids)
        if spoils(action):
            if "outside_schema" not in action and rng.random() < SPOILED_KEPT:
                actions.append(action)
                break
            env, known = begin(world, init, actions), None
            continue
        actions.append(action)
        if writes and not error:
            known = None
    sequence = {"id": f"{world.domain}-wide-{options.seed}-{number}", "init_actions": init, "actions": actions}
    sequence |= ending(world, env)
    if options.assertions and world.user_db is not None:
        assertions = drawer.assertions(env)
        sequence |= {"env_assertions": assertions, "assertion_results": [world.assertion(env, one) for one in assertions]}
    return sequence


def set_up(world, drawer):
    """Functions of the set-up that upstream runs without raising or random ids; None in a domain that has none."""
    drawn, init = drawer.set_up(), []
    for action in drawn or ():
        action = plain(action)
        try:
            world.initialise(world.fresh(), [*init, action])
        except Exception:
            continue
        if not world.ids.given:
            init.append(action)
    return None if drawn is None else init


def begin(world, init, actions):
    """A fresh environment after these functions and calls."""
    env = world.fresh()
    world.initialise(env, init or [])
    for action in actions:
        world.call(env, action["name"], action["requestor"], action["args"])
    return env


def remarks(world, env, action, before, ids):
    """What puts a call out of conformance, or nearly so."""
    found = {}
    if before is not None and world.dumped(env) != before:
        found["mutated_on_error"] = True
    if world.ids.given != ids:
        found["random_id"] = True
    schema = world.schemas.get((action["requestor"], action["name"]), {})
    if not conforms(schema, action["args"], schema.get("$defs", {})) or action["args"].keys() - schema.get("properties", {}).keys():
        found["outside_schema"] = True
    return found


def spoils(action):
    """A call that breaks the schema may only fail, and for that: what upstream lets through by accident is nobody's rule."""
    failed = action["error"] and PYTHONS_OWN.search(action["obs"])
    return "mutated_on_error" in action or "random_id" in action or ("outside_schema" in action and not failed)


def ending(world, env):
    (final_hash, final_user_hash), (diff, user_diff) = world.hashes(env), world.differences(env)
    return {"final_hash": final_hash, "final_user_hash": final_user_hash, "diff": diff, "user_diff": user_diff}


def replay(world, given):
    """The same sequence run again: equal to `given` where upstream still does what it did."""
    env = begin(world, given["init_actions"], [])
    actions = []
    for action in given["actions"]:
        obs, error = world.call(env, action["name"], action["requestor"], action["args"])
        actions.append({**action, "obs": obs, "error": error})
    ours = {**given, "actions": actions, **ending(world, env)}
    if "env_assertions" in given:
        ours["assertion_results"] = [world.assertion(env, one) for one in given["env_assertions"]]
    return ours


def summary(fuzz):
    actions = [action for sequence in fuzz["sequences"] for action in sequence["actions"]]
    marks = Counter(mark for action in actions for mark in ("mutated_on_error", "random_id", "outside_schema") if mark in action)
    kinds = {action["obs"] for action in actions if action["error"]}
    lines = [f"{len(fuzz['sequences'])} sequences, {len(actions)} calls, {sum(action['error'] for action in actions)} fail "
             f"with {len(kinds)} texts; {json.dumps(marks)}"]
    for name, calls in sorted(Counter(action["name"] for action in actions).items()):
        good = sum(action["name"] == name and not action["error"] for action in actions)
        lines.append(f"  {name}: {calls}, {good} succeed")
    return "\n".join(lines)

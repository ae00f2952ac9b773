"""The conversations that trainers are compared on: those of ../cases.py that have a turn to learn, and more."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from cases import CASES, GET, INJECTION, PAY, SYSTEM, agent, call, result, user  # noqa: E402

LOOK = agent("", call("get_order", id="O-1"), call("get_order", id="O-2"), reasoning_content="Two orders.\nBoth at once.")
LONG = [user("Where is O-1?"), LOOK, result('{"status": "shipped"}'), result('{"status": "open"}')]
MORE = {
    "several rounds of calls": dict(
        messages=[SYSTEM, *LONG, agent("Now paying.", call("pay", amount=5, to="O-2")), result("paid", "pay"), agent("Paid for O-2.")], tools=[GET, PAY]
    ),
    "reasoning in each turn": dict(
        messages=[
            SYSTEM,
            *LONG,
            agent("One has shipped.", reasoning_content="Say it."),
            user("Pay for the other."),
            agent("", call("pay", amount=5, to="O-2"), reasoning_content="It costs 5."),
            result("paid", "pay"),
            agent("Paid.", reasoning_content="It worked."),
        ],
        tools=[GET, PAY],
    ),
    "mentions by the user": dict(messages=[user(f"What does {INJECTION}mean?"), agent("It ends a turn.")]),
    "ends with a result": dict(messages=[user("x"), agent("", call("get_order", id="1")), result("r")], tools=[GET]),
    "learned is false": dict(
        messages=[user("x"), agent("", call("pay", amount=-1), learned=False, weight=0), result("error", "pay"), agent("Sorry: it failed.")], tools=[PAY]
    ),
    # The second turn of the agent ends behind the length, within its call.
    "too long": dict(
        messages=[user("x"), agent("", call("get_order", id="1")), result("a " * 40), agent("", call("pay", amount=5, to="b " * 120)), result("r"), agent("z")],
        tools=[GET, PAY],
        length=400,
    ),
}


def all_cases():
    """name → messages, tools and length; without prompts, which have nothing to learn."""
    chosen = {name: case for name, case in CASES.items() if "options" not in case} | MORE
    return {name: {"tools": [], "length": None} | case for name, case in chosen.items()}


def write(out, versions, cases):
    pathlib.Path(out).write_text(json.dumps({"versions": versions, "cases": cases}))

"""What every language must be able to do, in Python. The same tools are in ../rust and ../js."""

import wit_world
from wardian import SqlError, ToolError, tool

calls_so_far = 0


def kind(statement):
    try:
        statement()
        return None
    except SqlError as error:
        return error.kind


def echo(db, value):
    return value


def values(db):
    row = db.first("SELECT NULL AS empty, 42 AS whole, -1.5 AS part, 'grüße 🌍' AS words, x'00ff10' AS bytes")
    return row | {"bytes": row["bytes"].hex()}


def store(db, id, kind, text):
    makers = {"null": lambda _: None, "integer": int, "real": float, "text": str, "blob": bytes.fromhex}
    if kind not in makers:
        raise ToolError("invalid", "no such kind")
    db.change("INSERT INTO stored VALUES (?1, ?2)", id, makers[kind](text))
    return db.first("SELECT typeof(value) AS type, quote(value) AS sql FROM stored WHERE id = ?1", id)


def fail(db, code, message):
    raise ToolError(code, message)


def attempt(db, sql):
    failed = kind(lambda: db.change(sql))
    # The call goes on.
    db.change("UPDATE counters SET n = n + 1 WHERE id = 'a'")
    return {"failed": failed, "n": db.first("SELECT n FROM counters WHERE id = 'a'")["n"]}


def uncaught(db, sql):
    return db.change(sql)


def many(db, times):
    total = 0
    for i in range(times):
        db.change("INSERT INTO stored VALUES (?1, ?2)", f"k{i}", i)
        total += db.first("SELECT value FROM stored WHERE id = ?1", f"k{i}")["value"]
        # A failed statement between two that succeed.
        total += kind(lambda: db.change("INSERT INTO stored VALUES (?1, 0)", f"k{i}")) == "constraint"
    return total


def many_then_fail(db, times):
    many(db, times)
    raise ToolError("conflict", "after many statements")


def explode(db):
    db.change("UPDATE counters SET n = 100 WHERE id = 'a'")
    raise RuntimeError("this is no tool error")


def calls(db):
    global calls_so_far
    calls_so_far += 1
    return calls_so_far


class WitWorld(wit_world.WitWorld):
    echo = tool(echo)
    values = tool(values)
    store = tool(store)
    fail = tool(fail)
    attempt = tool(attempt)
    uncaught = tool(uncaught)
    many = tool(many)
    many_then_fail = tool(many_then_fail)
    explode = tool(explode)
    calls = tool(calls)

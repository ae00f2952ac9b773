"""What a tool in Python needs: JSON in and out, rows as dictionaries, errors that the agent reads."""

import json

from componentize_py_types import Err
from wit_world.imports import state

CODES = {
    "not_found": state.ToolError_NotFound,
    "invalid": state.ToolError_Invalid,
    "conflict": state.ToolError_Conflict,
    "forbidden": state.ToolError_Forbidden,
    "other": state.ToolError_Other,
}


class ToolError(Exception):
    """An error of a tool; `code` is one of `CODES`."""

    def __init__(self, code, message):
        super().__init__(message)
        self.case = CODES[code](message)


class SqlError(Exception):
    """A statement that failed: `kind` is one of `denied`, `constraint`, `limit`, `other`."""

    def __init__(self, error):
        super().__init__(error.value)
        self.kind = type(error).__name__.removeprefix("Error_").lower()


def tool(function):
    """Makes a method of `function(db, **args)`, which returns what JSON can write. Any other exception is a trap."""

    def call(_self, db, args):
        failed = None
        try:
            return json.dumps(function(Database(db), **json.loads(args)), ensure_ascii=False)
        except ToolError as error:
            failed = error.case
        except SqlError as error:
            case = state.ToolError_Conflict if error.kind == "constraint" else state.ToolError_Other
            failed = case(str(error))
        # Outside of the handler, so that nothing keeps what the exception saw, the handle to the state above all.
        raise Err(failed)

    return call


class Database:
    """The state, for one call."""

    def __init__(self, db):
        self._db = db

    def rows(self, sql, *params):
        """All rows, each a dictionary by the names of the columns."""
        found = self._attempt(self._db.query, sql, params)
        return [dict(zip(found.columns, map(_of_value, row))) for row in found.values]

    def first(self, sql, *params):
        """The first row, or None."""
        rows = self.rows(sql, *params)
        return rows[0] if rows else None

    def change(self, sql, *params):
        """Runs a statement that changes rows; returns how many."""
        return self._attempt(self._db.execute, sql, params)

    def _attempt(self, run, sql, params):
        try:
            return run(sql, [_to_value(value) for value in params])
        except Err as error:
            failed = error.value
        raise SqlError(failed)


def _of_value(value):
    return None if isinstance(value, state.Value_Null) else value.value


def _to_value(value):
    if value is None:
        return state.Value_Null()
    if isinstance(value, int):  # True and False are integers as well
        return state.Value_Integer(int(value))
    if isinstance(value, float):
        return state.Value_Real(value)
    if isinstance(value, str):
        return state.Value_Text(value)
    if isinstance(value, bytes):
        return state.Value_Blob(value)
    raise TypeError(f"SQLite has no value for a {type(value).__name__}")

-- @tool t
-- @doc T.
PRAGMA foreign_keys = 0;

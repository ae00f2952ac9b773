-- @tool t
-- @doc T.
-- @row o
DELETE FROM items;
-- @return = 1

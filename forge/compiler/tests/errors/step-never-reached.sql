-- @tool t
-- @doc T.
-- @return = 1
DELETE FROM items;

-- @steps s
-- @param x text
DELETE FROM items;
-- @tool t
-- @doc T.
-- @use s
-- @return = 1

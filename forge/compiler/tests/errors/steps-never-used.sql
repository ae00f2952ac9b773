-- @steps s
DELETE FROM items;
-- @tool t
-- @doc T.
-- @return = 1

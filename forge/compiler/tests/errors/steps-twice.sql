-- @steps s
DELETE FROM items;
-- @steps s
DELETE FROM items;
-- @tool t
-- @doc T.
-- @use s
-- @return = 1

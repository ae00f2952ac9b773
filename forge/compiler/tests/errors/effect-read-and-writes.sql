-- @tool t
-- @doc T.
-- @effect read
DELETE FROM items;

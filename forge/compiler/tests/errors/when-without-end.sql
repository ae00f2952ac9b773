-- @tool t
-- @doc T.
-- @when 1
DELETE FROM items;

-- @tool t
-- @doc T.
-- @when
DELETE FROM items;
-- @end
-- @return = 1

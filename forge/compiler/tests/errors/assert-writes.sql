-- @tool t
-- @doc T.
-- @role assert
DELETE FROM items;

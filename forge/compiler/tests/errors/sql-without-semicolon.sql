-- @tool t
-- @doc T.
DELETE FROM items

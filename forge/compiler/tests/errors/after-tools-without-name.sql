-- @tool t
-- @doc T.
-- @return = 1
-- @after a
-- @tools
DELETE FROM items;

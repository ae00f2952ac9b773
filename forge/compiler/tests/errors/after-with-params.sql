-- @tool t
-- @doc T.
-- @return = 1
-- @after a
-- @params {"type": "object"}
DELETE FROM items;

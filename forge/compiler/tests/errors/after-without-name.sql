-- @tool t
-- @doc T.
-- @return = 1
-- @after
DELETE FROM orders;

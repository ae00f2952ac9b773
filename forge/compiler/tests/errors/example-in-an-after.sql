-- @tool t
-- @doc T.
-- @return = 1
-- @after a
-- @example here
DELETE FROM orders WHERE 0;

-- @steps
DELETE FROM log;
-- @tool t
-- @doc T.
-- @return = 1

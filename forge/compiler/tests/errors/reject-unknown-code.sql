-- @tool t
-- @doc T.
-- @reject wrong
SELECT NULL;
-- @return = 1

-- @tool t
-- @doc T.
-- @row
SELECT 1;
-- @return = 1

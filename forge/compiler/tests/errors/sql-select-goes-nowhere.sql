-- @tool t
-- @doc T.
SELECT 1;

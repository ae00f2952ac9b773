-- @tool t
-- @doc T.
-- @return
SELECT count(*) FROM ordrs;

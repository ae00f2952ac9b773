-- @tool t
-- @doc T.
-- @let x = 1
-- @return
SELECT count(*) FROM :x;

-- @tool t
-- @doc T.
-- @return
SELECT count(*) orders WHERE FROM 1;

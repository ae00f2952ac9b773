-- @tool t
-- @doc T.
-- @return
SELECT json_object('a', 1);

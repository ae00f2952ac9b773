-- @tool t
-- @doc T.
-- @return = 1
-- @after a
-- @return
SELECT 1;

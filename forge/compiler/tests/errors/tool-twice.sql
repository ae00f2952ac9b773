-- @tool t
-- @doc T.
-- @return = 1

-- @tool t
-- @doc T.
-- @return = 1

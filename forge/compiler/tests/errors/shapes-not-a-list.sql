-- @tool t
-- @doc T.
-- @return = 1
-- ===== errors.json
{"tools": ["t"]}

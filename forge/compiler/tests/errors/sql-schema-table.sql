-- @tool t
-- @doc T.
-- @return
SELECT count(*) FROM sqlite_schema;

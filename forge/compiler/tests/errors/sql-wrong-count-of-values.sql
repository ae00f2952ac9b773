-- @tool t
-- @doc T.
INSERT INTO numbers VALUES (1);

-- @tool t
-- @doc T.
DROP TABLE orders;

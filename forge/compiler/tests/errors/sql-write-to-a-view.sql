-- @tool t
-- @doc T.
DELETE FROM order_docs;

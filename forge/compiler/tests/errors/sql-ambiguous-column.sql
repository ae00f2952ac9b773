-- @tool t
-- @doc T.
-- @return
SELECT count(*) FROM orders JOIN items WHERE order_id = 'O-1';

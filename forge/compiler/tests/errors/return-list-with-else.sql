-- @tool t
-- @doc T.
-- @return list else "none"
SELECT order_id FROM orders ORDER BY order_id;

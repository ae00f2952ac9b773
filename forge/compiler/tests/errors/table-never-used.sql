-- @tool t
-- @doc T.
-- @table all_orders
SELECT order_id FROM orders ORDER BY order_id;
-- @return = 1

-- @tool t
-- @doc T.
-- @return
SELECT order_id FROM orders WHERE;

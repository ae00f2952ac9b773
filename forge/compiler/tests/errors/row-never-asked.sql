-- @tool t
-- @doc T.
-- @row o?
SELECT order_id FROM orders WHERE order_id = 'O-1';
-- @return = 1

-- @tool t
-- @doc T.
-- @row o? else "none"
SELECT order_id FROM orders WHERE order_id = 'O-1';
-- @return = :o.order_id

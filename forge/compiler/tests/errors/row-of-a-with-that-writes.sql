-- @tool t
-- @doc T.
-- @row o
WITH old AS (SELECT order_id FROM orders)
DELETE FROM items WHERE order_id IN (SELECT order_id FROM old);
-- @return = 1

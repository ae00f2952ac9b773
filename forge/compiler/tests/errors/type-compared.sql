-- @tool t
-- @doc T.
-- @param order_id integer
-- @return
SELECT status FROM orders WHERE order_id = :order_id;

-- @tool t
-- @doc T.
-- @param order_id text
DELETE FROM items WHERE order_id = :which;
-- @return = :order_id

-- @tool t
-- @doc T.
-- @param order_id text
DELETE FROM items WHERE order_id = :oder_id;
-- @return = :order_id

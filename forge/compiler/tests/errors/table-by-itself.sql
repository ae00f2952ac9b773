-- @tool t
-- @doc T.
-- @table x
SELECT sku FROM items ORDER BY order_id, pos;
-- @return = :x

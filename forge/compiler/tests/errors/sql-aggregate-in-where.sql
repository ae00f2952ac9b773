-- @tool t
-- @doc T.
-- @return
SELECT order_id FROM orders WHERE count(*) > 1 ORDER BY 1;

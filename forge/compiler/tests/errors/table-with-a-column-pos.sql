-- @tool t
-- @doc T.
-- @table x
SELECT order_id, pos FROM items ORDER BY order_id, pos;
-- @return
SELECT count(*) FROM :x;

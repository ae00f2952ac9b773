-- @tool t
-- @doc T.
-- @return
SELECT order_id,
       count(*)
  FROM orders;

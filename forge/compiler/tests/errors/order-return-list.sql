-- @tool t
-- @doc T.
-- @return list
SELECT order_id
  FROM orders;

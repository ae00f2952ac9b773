-- @tool t
-- @doc T.
-- @return
SELECT o.order_id, i.order_id
  FROM orders AS o JOIN items AS i USING (order_id)
 ORDER BY 1 LIMIT 1;

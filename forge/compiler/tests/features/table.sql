-- @tool rank
-- @doc An ordered SELECT that is kept, with `pos`.
-- @table ranked
SELECT order_id, total, note, jsonb_array(total) AS doc FROM orders ORDER BY total DESC;
UPDATE orders SET total = total * 2;
-- @return list
SELECT r.pos, r.order_id, r.total AS before, o.total AS after, typeof(r.total) AS kind, r.note, r.doc
  FROM :ranked AS r JOIN orders AS o USING (order_id) ORDER BY r.pos;
-- ===== calls
rank {}
rank {}

-- @tool totals
-- @doc Values, each set once; neighbours that do not need each other are one query.
-- @param order_id text ref(orders.order_id)
-- @let count = (SELECT count(*) FROM items WHERE order_id = :order_id)
-- @let sum = (SELECT total(quantity * price) FROM items WHERE order_id = :order_id)
-- @let mean = :sum / nullif(:count, 0)
-- @let word = CASE WHEN :count = 0 THEN 'nothing' ELSE 'of ' ||
--    :count END
-- @return
SELECT :count AS count, :sum AS sum, :mean AS mean, :word AS word;
-- ===== calls
totals {"order_id": "O-1"}
totals {"order_id": "O-3"}
